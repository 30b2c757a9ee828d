import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './embedded-binaries.js';

const FILE = 'secret';
const SECRET = /^[\w-]{43}$/;

/** Logins give a password, and come over the socket only. */
export const HBA = `# By Minutier: with the password of the file "${FILE}" beside this folder, and over the socket only.
local all all scram-sha-256
host all all all reject
`;

/** Whether the server of this data folder lets anyone in who reaches its socket, as earlier releases made it. */
export const letsAnyoneIn = (data: string): boolean => {
  const file = join(data, 'pg_hba.conf');
  return existsSync(file) && /^\s*local\s.*\strust\b/m.test(readFileSync(file, 'utf8'));
};

/**
 * The password of the server's logins, in a file of the home that only its maker may read. It is made where there
 * is no server yet, or one that asks for none.
 */
export function secretOf(home: string, data: string): string {
  const file = join(home, FILE);
  if (!existsSync(file)) {
    if (existsSync(data) && !letsAnyoneIn(data))
      throw new EmbeddedDatabaseError(
        `Le mot de passe de la base embarquée manque : ${file}. Remettez-le à sa place ; ou bien, s’il est perdu, ` +
          `écrivez « local all all trust » dans ${join(data, 'pg_hba.conf')} : un autre sera fait au démarrage.`,
      );
    make(file);
  }
  const { mode } = lstatSync(file);
  const secret = read(file);
  if ((mode & 0o077) !== 0 || !SECRET.test(secret))
    throw new EmbeddedDatabaseError(
      `${file} n’est pas le mot de passe de la base embarquée, ou d’autres peuvent le lire.`,
    );
  return secret;
}

/** Whole or not at all, and one only: another process may be making it too. */
function make(file: string): void {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(partial, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(partial, { force: true });
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new EmbeddedDatabaseError(
      `Le mot de passe de la base embarquée ne peut pas être lu : ${file} appartient à un autre compte.`,
      { cause },
    );
  }
}
