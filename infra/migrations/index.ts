import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

type MigrationClass = new () => MigrationInterface & { readonly name: string };

/** One migration is one SQL file; what has shipped is never edited. */
const fromFile = (folder: string, file: string, timestamp: number): MigrationClass =>
  class implements MigrationInterface {
    readonly name = `${file.replace(/\W/g, '')}${timestamp}`;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(readFileSync(join(folder, file), 'utf8'));
    }

    down(): Promise<void> {
      return Promise.reject(new Error('a register does not go back: restore a backup instead'));
    }
  };

/** @param folder where the SQL files are: `infra/migrations` of the checkout. */
export const migrations = (folder: string): MigrationClass[] => [
  fromFile(folder, '0001-log.sql', 1764000000001),
  fromFile(folder, '0002-log-append.sql', 1764000000002),
  fromFile(folder, '0003-views.sql', 1764000000003),
  fromFile(folder, '0004-roles.sql', 1764000000004),
  fromFile(folder, '0005-log-append-by-cursor.sql', 1764000000005),
  fromFile(folder, '0006-log-identity.sql', 1764000000006),
  fromFile(folder, '0007-log-restored.sql', 1764000000007),
  fromFile(folder, '0008-requests.sql', 1764000000008),
  fromFile(folder, '0009-projection.sql', 1764000000009),
  fromFile(folder, '0010-bookmarks.sql', 1764000000010),
  fromFile(folder, '0011-running-requests.sql', 1764000000011),
  fromFile(folder, '0012-instants.sql', 1764000000012),
  fromFile(folder, '0013-numbers.sql', 1764000000013),
  fromFile(folder, '0014-many-entries.sql', 1764000000014),
  fromFile(folder, '0015-known-migrations.sql', 1764000000015),
  fromFile(folder, '0016-empreintes.sql', 1764000000016),
];
