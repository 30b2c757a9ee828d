import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { EmbeddedDatabaseError, EmbeddedPostgres } from '../../libs/config/index.js';

/** What MINUTIER_HOME may name, and is no folder of ours. */
describe('the folder of the embedded database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'minutier-foyer-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const refusal = async (home: string): Promise<string> => {
    const error = await EmbeddedPostgres.open(home).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(EmbeddedDatabaseError);
    return (error as Error).message;
  };

  it.each([
    ['a folder called data', (home: string) => mkdirSync(join(home, 'data'))],
    ['a file called data', (home: string) => writeFileSync(join(home, 'data'), '')],
    ['something else', (home: string) => writeFileSync(join(home, 'these.tex'), 'x')],
    [
      'a PostgreSQL of others beside something else',
      (home: string) => {
        mkdirSync(join(home, 'data'));
        writeFileSync(join(home, 'data', 'PG_VERSION'), '18');
        writeFileSync(join(home, 'notes.txt'), 'x');
      },
    ],
  ])('is left as it is where it holds %s', async (_, fill) => {
    const home = mkdtempSync(join(folder, 'autre-'));
    fill(home);
    const before = statSync(home);
    expect(await refusal(home)).toMatch(/contient autre chose/);
    const after = statSync(home);
    expect([after.mode, after.uid, after.mtimeMs]).toEqual([before.mode, before.uid, before.mtimeMs]);
  });

  it('is refused in a sentence, at once, where it can be none', async () => {
    writeFileSync(join(folder, 'fichier'), '');
    symlinkSync('boucle', join(folder, 'boucle'));
    expect(await refusal(join(folder, 'fichier'))).toMatch(/c’est un fichier/);
    expect(await refusal(join(folder, 'fichier', 'dans'))).toMatch(/est un fichier/);
    expect(await refusal(join(folder, 'boucle'))).toMatch(/mène à lui-même|fichier/);
    expect(await refusal(join(folder, 'n'.repeat(300)))).toMatch(/trop long/);
    expect(await refusal('/proc/minutier')).toMatch(/ne peut pas être créé|refusé/);
  });
});
