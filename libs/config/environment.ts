import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const port = z.coerce.number({ error: 'un numéro de port' }).int('un entier').min(0).max(65535);

const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'une adresse postgresql://utilisateur@hote/base')
    .optional(),
  KURRENTDB_URL: z
    .string()
    .regex(/^(kurrentdb|kurrent|kdb|esdb)(\+discover)?:\/\//, 'une adresse kurrentdb://hote:2113')
    .optional(),
  KURRENTDB_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'des minuscules, des chiffres et des tirets')
    .default('minutier'),
  MINUTIER_HOME: z.string().min(1).optional(),
  MINUTIER_PORT: port.default(3000),
  MINUTIER_MAX_FICHIER: z.coerce.number().int().min(1).max(1024).default(16),
  MINUTIER_HOST: z.string().min(1).default('127.0.0.1'),
  MINUTIER_ALLOWED_HOSTS: z
    .string()
    .regex(/^[\w.-]+(,[\w.-]+)*$/, 'des noms d’hôtes, séparés par des virgules')
    .optional(),
  MINUTIER_BEHIND_PROXY: z.enum(['0', '1']).default('0'),
  MINUTIER_AUTEUR: z.string().min(1).optional(),
  MINUTIER_SOURCES: z.string().min(1).optional(),
});

export interface Environment {
  /** A PostgreSQL to use instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** A KurrentDB to keep the log in, instead of the database; views stay in the database. */
  readonly kurrentDbUrl: string | undefined;
  /** What the names of the log's streams begin with there. */
  readonly kurrentDbPrefix: string;
  /** Where the embedded database lives. */
  readonly home: string;
  readonly port: number;
  readonly host: string;
  /** Names under which the API answers, beside those of this machine. */
  readonly allowedHosts: readonly string[];
  /** Something in front of the API knows who asks: it may then listen to others than this machine. */
  readonly behindProxy: boolean;
  /** A file of people's that is larger is not read. */
  readonly maxFileBytes: number;
  readonly author: string | undefined;
  /** Folders of evidence, found there by SHA-256; separated like PATH. */
  readonly sources: readonly string[];
}

export class InvalidEnvironment extends Error {
  override readonly name = 'InvalidEnvironment';
}

/** Parses the environment once; a failure names every wrong variable. Empty variables count as absent. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success)
    throw new InvalidEnvironment(
      parsed.error.issues.map((issue) => `${issue.path.join('.')} : ${issue.message}`).join('\n'),
    );
  const { data } = parsed;
  return {
    databaseUrl: data.DATABASE_URL,
    kurrentDbUrl: data.KURRENTDB_URL,
    kurrentDbPrefix: data.KURRENTDB_PREFIX,
    home: resolve(data.MINUTIER_HOME ?? defaultHome(variables)),
    port: data.MINUTIER_PORT,
    maxFileBytes: data.MINUTIER_MAX_FICHIER * 2 ** 20,
    host: data.MINUTIER_HOST,
    allowedHosts: data.MINUTIER_ALLOWED_HOSTS?.split(',') ?? [],
    behindProxy: data.MINUTIER_BEHIND_PROXY === '1',
    author: data.MINUTIER_AUTEUR,
    sources: data.MINUTIER_SOURCES?.split(/[:;]/).filter(Boolean) ?? [],
  };
}

/** Root's own folder is closed to the user under whom PostgreSQL must run, so root has another default. */
function defaultHome(variables: NodeJS.ProcessEnv): string {
  if (process.getuid?.() === 0) return '/var/lib/minutier';
  return join(variables.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'minutier');
}

/** The folder of the checkout, from TypeScript and from the build alike. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'nest-cli.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no nest-cli.json above this module');
    folder = parent;
  }
  return folder;
}
