import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { EmbeddedPostgres } from '../../libs/config/index.js';

/** What reaches the embedded server, and is not Minutier. */
describe('the embedded server', () => {
  let home: string;
  let server: EmbeddedPostgres;
  beforeEach(async () => {
    home = join(mkdtempSync(join(tmpdir(), 'minutier-acces-')), 'base');
    rmSync(join(home, '..'), { recursive: true });
    server = await EmbeddedPostgres.open(home);
  });
  afterEach(async () => {
    server.close();
    // It writes for a while yet.
    for (let left = 50; left >= 0; left -= 1)
      try {
        return rmSync(home, { recursive: true, force: true });
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
  });

  const connecting = async (config: pg.PoolConfig): Promise<string> => {
    const client = new pg.Client(config);
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<{ as: string }>('SELECT current_user AS as')).rows[0]!.as;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const hba = (): string => join(home, 'data', 'pg_hba.conf');

  it('lets nobody in without its password, which one account only can read', async () => {
    for (const user of ['postgres', 'minutier']) {
      const without = { ...server.connection('postgres', user), password: '' };
      await expect(connecting(without)).rejects.toThrow(/password/);
      await expect(connecting({ ...without, password: 'x' })).rejects.toThrow(
        /password authentication failed/,
      );
    }
    expect(await connecting(server.connection('postgres', 'postgres'))).toBe('postgres');
    const { mode, uid } = statSync(join(home, 'secret'));
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid!()]);
    const { host } = server.connection('postgres', 'postgres');
    expect(statSync(String(host)).mode & 0o777).toBe(0o700);
    expect(readFileSync(hba(), 'utf8')).not.toMatch(/trust/);
  });

  const root = process.getuid!() === 0;
  (root ? it : it.todo)(
    root ? 'runs under another account than root, which cannot read the password' : 'not run: not root',
    () => {
      const { uid, gid } = statSync(join(home, 'data'));
      expect(uid).not.toBe(0);
      const read = spawnSync('cat', [join(home, 'secret')], { uid, gid, encoding: 'utf8', cwd: '/' });
      expect(read).toMatchObject({ status: 1, stdout: '' });
    },
  );

  it('of an earlier release, which let anyone in, no longer does, and keeps what it holds', async () => {
    const before = new pg.Client(server.connection('postgres', 'postgres'));
    await before.connect();
    writeFileSync(hba(), 'local all all trust\n');
    rmSync(join(home, 'secret'));
    await before.query(
      'CREATE TABLE kept (); CREATE ROLE minutier LOGIN; ALTER ROLE postgres PASSWORD NULL; SELECT pg_reload_conf()',
    );
    const without = { ...server.connection('postgres', 'postgres'), password: '' };
    while ((await connecting(without).catch(() => 'refused')) !== 'postgres');
    const both = await Promise.all([EmbeddedPostgres.open(home), EmbeddedPostgres.open(home)]);
    expect(both[0].secret).toBe(both[1].secret);
    for (const user of ['postgres', 'minutier']) {
      const config = both[0].connection('postgres', user);
      expect(await connecting(config)).toBe(user);
      await expect(connecting({ ...config, password: '' })).rejects.toThrow(/password/);
    }
    expect((await before.query('SELECT FROM kept')).rows).toEqual([]);
    await before.end();
    for (const one of both) one.close();
  });

  it('says that its password is missing, or another one, and how to go on', async () => {
    const secret = readFileSync(join(home, 'secret'));
    rmSync(join(home, 'secret'));
    await expect(EmbeddedPostgres.open(home)).rejects.toThrow(/mot de passe .* manque .* trust/s);
    writeFileSync(join(home, 'secret'), 'a'.repeat(43), { mode: 0o600 });
    await expect(EmbeddedPostgres.open(home)).rejects.toThrow(/un autre mot de passe/);
    writeFileSync(join(home, 'secret'), secret);
    (await EmbeddedPostgres.open(home)).close();
  });
});
