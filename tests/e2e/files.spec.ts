import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readText } from '../../apps/cli/read-text.js';
import { failureOf } from '../../apps/failure.js';
import { readEnvironment } from '../../libs/config/index.js';
import { copyLog } from '../../libs/log/index.js';
import { parseSeanceFile } from '../../libs/seance-file/index.js';

/** What a person may name as a file, and is none that one would read. */
describe('a file that is named', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-fichiers-'));
  const at = (name: string): string => join(folder, name);
  beforeAll(() => {
    execFileSync('mkfifo', [at('tube')]);
    symlinkSync('boucle', at('boucle'));
    writeFileSync(at('grand'), Buffer.alloc(2 ** 20 + 1, 'x'));
    writeFileSync(at('latin'), Buffer.from([0x63, 0xe9]));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const said = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return failureOf(error).message;
    }
    return 'read';
  };

  it.each([
    ['tube', /ordinaire/],
    ['boucle', /ce lien mène à lui-même/],
    ['.', /dossier/],
    ['absent', /n’existe pas/],
    ['grand', /plus de 1 Mo/],
    ['latin', /UTF-8/],
    ['n'.repeat(300), /trop long/],
  ])('is refused in a sentence, without waiting: %s', (name, sentence) => {
    expect(said(() => readText(at(name), 2 ** 20))).toMatch(sentence);
  });

  it('is refused where a system says that it is empty and it never ends', () => {
    expect(said(() => readText('/dev/zero', 2 ** 20))).toMatch(/ordinaire/);
  });

  it.each([
    ['tube', /ordinaire/],
    ['boucle', /ce lien mène à lui-même/],
    ['.', /ordinaire/],
  ])('is refused as a copy of a log too: %s', async (name, sentence) => {
    const error = await copyLog({ from: at(name), to: at('ailleurs') }, readEnvironment({})).catch(
      (caught: unknown) => caught,
    );
    expect(failureOf(error).message).toMatch(sentence);
  });

  it.each([
    ['a list without end', `actions:\n${'- 1\n'.repeat(400_001)}`, /plus de 400000 éléments/],
    ['brackets without end', `a: ${'['.repeat(100_000)}`, /imbrication/],
    [
      'indents without end',
      Array.from({ length: 3000 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      /imbrication/,
    ],
  ])('is no séance with %s', (_, text, sentence) => {
    const message = said(() => parseSeanceFile('x.yaml', text));
    expect(message).toMatch(sentence);
    expect(message.length).toBeLessThan(20_000);
  });
});
