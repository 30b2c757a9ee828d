import { spawnSync } from 'node:child_process';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { projectRoot } from '../../libs/config/index.js';
import { openApi } from '../../libs/http/index.js';
import { type Served, served } from '../support/served.js';

const COMPILER = [
  '--strict',
  '--module',
  'nodenext',
  '--target',
  'es2023',
  '--types',
  'node',
  '--skipLibCheck',
  '--ignoreConfig',
];

/** As a program of others uses the API: by a client that is generated from its document. */
describe('a client that is generated from the document', () => {
  const bin = (name: string) => join(projectRoot(), 'node_modules', '.bin', name);
  mkdirSync(join(projectRoot(), 'dist'), { recursive: true });
  // Below the project, for its packages.
  const folder = mkdtempSync(join(projectRoot(), 'dist', 'client-'));
  let api: Served;
  beforeAll(async () => {
    api = await served();
  });
  afterAll(async () => {
    await api.end();
    rmSync(folder, { recursive: true });
  });

  const run = (command: string, args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };

  it('compiles against a séance from its planning to its closing, every field typed, and records it', async () => {
    writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApi()));
    expect(run(bin('openapi-typescript'), ['openapi.json', '-o', 'api.ts'])).toMatchObject({ status: 0 });
    cpSync(join(projectRoot(), 'tests/e2e/client/flow.ts'), join(folder, 'flow.ts'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    expect(run(bin('tsc'), [...COMPILER, 'flow.ts'])).toEqual({ status: 0, said: '' });
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'flow.js'), api.url]);
    expect(JSON.parse(stdout)).toEqual({
      statut: 'faite',
      avancement: ['Fait 2018-03-12'],
      seance: 'client/1',
      empreinte: 64,
      refus: 'seance-close',
      phrases: 8,
      liens: ['client/1/P1', 'client/1', 'client/1'],
    });
  });

  it('does not compile with a field that the document does not know', () => {
    const wrong =
      'must(await api.POST("/api/v1/comites", { params: { header }, body: { comite: "x", nom: 1 } }));';
    cpSync(join(projectRoot(), 'tests/e2e/client/flow.ts'), join(folder, 'wrong.ts'));
    writeFileSync(join(folder, 'wrong.ts'), `\n${wrong}\n`, { flag: 'a' });
    expect(run(bin('tsc'), [...COMPILER, 'wrong.ts']).said).toMatch(/wrong\.ts.*number.*string/);
  });
});
