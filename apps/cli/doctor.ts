import { existsSync } from 'node:fs';
import { readEnvironment } from '../../libs/config/index.js';
import {
  InvalidInput,
  PostgresEventStore,
  StoreUnavailable,
  WrongLog,
} from '../../libs/event-sourcing/index.js';
import { readEmpreinte, evenementDeLEmpreinte } from '../../libs/log/index.js';
import { examine, FAUTES, Registre, views } from '../../libs/registre/index.js';
import { failureOf } from '../failure.js';
import { sonder } from './sonde.js';

export interface Constat {
  readonly sujet: string;
  readonly etat: 'bien' | 'information' | 'attention' | 'probleme' | 'injoignable';
  readonly constat: string;
  readonly remede?: string;
}

/**
 * What is configured, reachable, behind, parked. It repairs nothing but what any command repairs.
 * @param empreinte a digest that was printed: whether the log still leads to it
 */
export async function doctor(
  empreinte?: string,
  onProgress?: (step: string, count: number) => void,
): Promise<Constat[]> {
  if (empreinte !== undefined) readEmpreinte(empreinte);
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
      const found = empreinte === undefined ? [] : [await menantA(registre, empreinte, onProgress)];
      return [...configured, ...(await lookAt(registre)), ...found];
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

async function menantA(
  registre: Registre,
  empreinte: string,
  onProgress?: (step: string, count: number) => void,
): Promise<Constat> {
  const ligne = await evenementDeLEmpreinte(registre, empreinte, onProgress);
  return ligne
    ? {
        sujet: 'Empreinte',
        etat: 'bien',
        constat: `le journal y mène toujours : jusqu’à ${ligne.evenement}, position ${ligne.position}, ${ligne.recordedAt}`,
      }
    : {
        sujet: 'Empreinte',
        etat: 'probleme',
        constat:
          'aucun début de ce journal n’y mène : un fait a changé, manque ou s’est ajouté depuis, ou c’est un autre journal',
        remede: 'comparez avec une copie (minutier log copy) du temps de cette empreinte',
      };
}

async function lookAt(registre: Registre): Promise<Constat[]> {
  const head = await registre.store.head();
  const enBase = registre.store instanceof PostgresEventStore;
  const retard = await registre.upTo(head).then(
    () => undefined,
    (error: unknown) => failureOf(error).message,
  );
  const { journal, generations, aLEcart, abimes, etrangers } = await examine(registre);
  const { version, role, changes } = await registre.books.server();
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
          constat: `${journal}, position ${head}${enBase ? `, le rôle ${role} ne peut qu’y ajouter` : ', dans KurrentDB'}`,
        },
    ...abimes.map(({ stream, fault }): Constat => ({
      sujet: 'Journal',
      etat: 'probleme',
      constat: `${stream} : ${FAUTES[fault]}`,
      remede: 'restaurez le journal : rien ne se décide plus sur ce flux',
    })),
    ...etrangers.map(({ stream, revision, position, fault }): Constat => ({
      sujet: 'Journal',
      etat: 'attention',
      constat: `${stream}@${revision} (position ${position}) est mis à l’écart : ${FAUTES[fault]}`,
      remede: 'voyez qui d’autre écrit dans les flux de Minutier',
    })),
    ...(retard === undefined ? [] : [{ sujet: 'Vues', etat: 'probleme' as const, constat: retard }]),
    ...views.map((view): Constat => {
      const one = generations.find((generation) => generation.view === view.name);
      return one
        ? {
            sujet: `Vue ${view.name}`,
            etat: 'bien',
            constat: `génération ${one.generation}, position ${one.checkpoint}`,
          }
        : {
            sujet: `Vue ${view.name}`,
            etat: 'probleme',
            constat: 'pas encore construite',
            remede: `minutier rebuild ${view.name}`,
          };
    }),
    ...aLEcart.map(({ view, stream, error }): Constat => ({
      sujet: `Vue ${view}`,
      etat: 'probleme',
      constat: `le flux ${stream} est à l’écart : ${error}`,
      remede:
        'corrigez ce qui empêche de le lire (version du programme, événement) : il est réessayé de lui-même',
    })),
  ];
}
