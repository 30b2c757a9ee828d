import { existsSync } from 'node:fs';
import { readEnvironment } from '../../libs/config/index.js';
import {
  fingerprintOf,
  InvalidInput,
  liveGenerations,
  PostgresEventStore,
  StoreUnavailable,
  WrongLog,
} from '../../libs/event-sourcing/index.js';
import { Registre, views } from '../../libs/registre/index.js';
import { failureOf } from '../failure.js';
import { sonder } from './sonde.js';

export interface Constat {
  readonly sujet: string;
  readonly etat: 'bien' | 'information' | 'attention' | 'probleme' | 'injoignable';
  readonly constat: string;
  readonly remede?: string;
}

/** What is configured, reachable, behind, parked. It repairs nothing but what any command repairs. */
export async function doctor(): Promise<Constat[]> {
  const environment = readEnvironment();
  const configured: Constat[] = [
    {
      sujet: 'Base',
      etat: 'information',
      constat: environment.databaseUrl
        ? 'DATABASE_URL est donnée'
        : `embarquée, dans ${environment.home} (MINUTIER_HOME)`,
    },
    ...(environment.kurrentDbUrl
      ? [
          {
            sujet: 'KurrentDB',
            etat: 'information' as const,
            constat: `KURRENTDB_URL est donnée : le journal y est, sous ${environment.kurrentDbPrefix}. (KURRENTDB_PREFIX)`,
          },
        ]
      : []),
    environment.sources.length === 0
      ? {
          sujet: 'Preuves',
          etat: 'information',
          constat: 'MINUTIER_SOURCES n’est pas donnée : les citations ne sont pas vérifiées',
        }
      : {
          sujet: 'Preuves',
          etat: environment.sources.every((folder) => existsSync(folder)) ? 'bien' : 'attention',
          constat: environment.sources
            .map((folder) => `${folder}${existsSync(folder) ? '' : ' (absent)'}`)
            .join(', '),
        },
    { sujet: 'Kafka', etat: 'information', constat: 'pas encore dans cette version' },
  ];
  try {
    const registre = await Registre.open(environment);
    try {
      return [...configured, ...(await examine(registre))];
    } finally {
      await registre.close();
    }
  } catch (error) {
    const { message } = failureOf(error);
    if (error instanceof WrongLog)
      return [...configured, { sujet: 'Journal', etat: 'probleme', constat: message }];
    if (error instanceof InvalidInput && environment.kurrentDbUrl)
      return [
        ...configured,
        { sujet: 'KurrentDB', etat: 'probleme', constat: message, remede: 'corrigez KURRENTDB_URL' },
      ];
    if (error instanceof StoreUnavailable && environment.kurrentDbUrl)
      return [
        ...configured,
        {
          sujet: 'KurrentDB',
          etat: 'injoignable',
          constat: [message, ...(await sonder(environment.kurrentDbUrl))].join('\n    '),
          remede: /access denied/.test(message)
            ? 'vérifiez l’utilisateur de KURRENTDB_URL, son mot de passe et ses droits'
            : 'vérifiez KURRENTDB_URL et le serveur',
        },
      ];
    const remede = environment.databaseUrl
      ? 'vérifiez DATABASE_URL, et que le serveur est démarré'
      : 'vérifiez les droits et la place du dossier MINUTIER_HOME, et son postgres.log';
    return [...configured, { sujet: 'Base', etat: 'injoignable', constat: message, remede }];
  }
}

async function examine(registre: Registre): Promise<Constat[]> {
  const head = await registre.store.head();
  const { id } = await registre.store.identity();
  const enBase = registre.store instanceof PostgresEventStore;
  await registre.upTo(head);
  const client = await registre.pool.connect();
  try {
    const { rows: server } = await client.query<{ version: string; role: string; changes: boolean }>(
      `SELECT current_setting('server_version') AS version, current_user AS role,
              has_table_privilege('log.event', 'UPDATE, DELETE, TRUNCATE') AS changes`,
    );
    const { version, role, changes } = server[0]!;
    const live = await liveGenerations(client, false);
    const { rows: parked } = await client.query<{ view: string; stream: string; error: string }>(
      'SELECT p.view, p.stream, p.error FROM views.parked_stream p JOIN views.generation g USING (view, generation) WHERE g.status = $1',
      ['live'],
    );
    return [
      { sujet: 'Serveur', etat: 'bien', constat: `PostgreSQL ${version}, ${registre.database.description}` },
      changes && enBase
        ? {
            sujet: 'Journal',
            etat: 'probleme',
            constat: `le rôle ${role} peut changer des événements`,
            remede: 'retirez-lui UPDATE, DELETE et TRUNCATE sur log.event',
          }
        : {
            sujet: 'Journal',
            etat: 'bien',
            constat: `${id}, position ${head}${enBase ? `, le rôle ${role} ne peut qu’y ajouter` : ', dans KurrentDB'}`,
          },
      ...views.map((view): Constat => {
        const one = live.find((generation) => generation.view === view.name);
        const current = one?.fingerprint === fingerprintOf(view);
        return current
          ? {
              sujet: `Vue ${view.name}`,
              etat: 'bien',
              constat: `génération ${one.generation}, position ${one.checkpoint}`,
            }
          : {
              sujet: `Vue ${view.name}`,
              etat: 'probleme',
              constat: 'd’une autre définition',
              remede: `minutier rebuild ${view.name}`,
            };
      }),
      ...parked.map(({ view, stream, error }): Constat => ({
        sujet: `Vue ${view}`,
        etat: 'probleme',
        constat: `le flux ${stream} est à l’écart : ${error}`,
        remede: 'corrigez ce qui empêche de le lire (version du programme, événement), puis relancez',
      })),
    ];
  } finally {
    client.release();
  }
}
