import {
  ANNULMENT,
  type Correcting,
  type Fact,
  InvalidInput,
  isStray,
  type Logged,
  NotFound,
  readFact,
  type Recorded,
  referenceOf,
  streamOf,
} from '../event-sourcing/index.js';
import type { NamedKind } from '../room/index.js';
import { kindOf, kinds } from './rooms.js';
import type { Registre } from './registre.js';

export interface EvenementNomme {
  readonly kind: NamedKind;
  readonly reference: string;
  readonly event: Recorded;
}

/** How people name an event: `apogee-rof/1/A4@1`, reference and revision. */
export const nomDe = ({ stream, revision }: Pick<Recorded, 'stream' | 'revision'>): string =>
  `${referenceOf(stream)}@${revision}`;

/** Finds an event by `reference@revision` or `position:<n>`. @throws NotFound @throws InvalidInput */
export async function evenementNomme({ store }: Registre, nom: string): Promise<EvenementNomme> {
  const position = /^position:(\d{1,18})$/.exec(nom)?.[1];
  if (position !== undefined) {
    const logged = await store.eventAt(BigInt(position));
    const kind = kinds.find(({ category }) => logged?.stream.startsWith(`${category}-`));
    return { ...lisible(kind, logged, nom), reference: referenceOf(logged!.stream) };
  }
  const [, reference, revision] = /^(\S+)@(\d{1,9})$/.exec(nom) ?? [];
  if (!reference)
    throw new InvalidInput([
      {
        path: 'evenement',
        message: `« ${nom} » n’est ni référence@révision (apogee-rof/1/A4@1) ni position:<n>`,
      },
    ]);
  const kind = kindOf(reference);
  const [logged] = kind ? await store.readStream(streamOf(kind, reference), Number(revision)) : [];
  return { ...lisible(kind, logged?.revision === Number(revision) ? logged : undefined, nom), reference };
}

/** Only what is an event of ours can be named. */
function lisible(
  kind: NamedKind | undefined,
  logged: Logged | undefined,
  nom: string,
): Pick<EvenementNomme, 'kind' | 'event'> {
  const event = kind && logged && !isStray(logged) ? readFact(kind.facts, logged) : undefined;
  if (!kind || !event) throw absent(nom);
  return { kind, event };
}

const absent = (nom: string): NotFound =>
  new NotFound('evenement-inconnu', `L’événement ${nom} n’existe pas : « minutier journal » les nomme.`);

/** The replacement of an event: the same fact with some fields changed, or a fact of another type. */
export function remplacement(
  { kind, event }: EvenementNomme,
  champs: Readonly<Record<string, unknown>>,
  type = event.type,
  effectiveOn?: string,
): Correcting<Fact> {
  if (type === ANNULMENT)
    throw new InvalidInput([{ path: 'type', message: 'une annulation se demande avec annuler' }]);
  if (!Object.hasOwn(kind.facts, type))
    throw new InvalidInput([
      {
        path: 'type',
        message: `« ${type} » n’est pas un type d’événement ici : ${Object.keys(kind.facts).join(', ')}`,
      },
    ]);
  if (type === event.type && Object.keys(champs).length === 0 && effectiveOn === undefined)
    throw new InvalidInput([{ path: 'champs', message: 'aucun champ : que faut-il corriger ?' }]);
  const data = (type === event.type ? structuredClone(event.data) : {}) as Record<string, unknown>;
  for (const [path, value] of Object.entries(champs)) assign(data, path.split('.'), value);
  // Where a field takes no null, null means that it goes.
  for (const path of refusedNulls(kind, type, data, champs)) assign(data, path.split('.'), undefined);
  return {
    revision: event.revision,
    replacement: { type, data },
    ...(effectiveOn !== undefined && { effectiveOn }),
  };
}

function refusedNulls(
  { facts }: NamedKind,
  type: string,
  data: unknown,
  champs: Readonly<Record<string, unknown>>,
): string[] {
  const faults = new Set(
    facts[type]!.schema.safeParse(data).error?.issues.map(({ path }) => path.map(String).join('.')),
  );
  return Object.keys(champs).filter((path) => champs[path] === null && faults.has(path));
}

/** Sets `echeance.texte`; undefined removes the field. */
function assign(target: Record<string, unknown>, [first, ...rest]: string[], value: unknown): void {
  if (first === undefined || ['__proto__', 'constructor', 'prototype'].includes(first)) return;
  if (rest.length === 0) {
    if (value === undefined) delete target[first];
    else target[first] = value;
    return;
  }
  const next = target[first];
  const inner = next !== null && typeof next === 'object' ? (next as Record<string, unknown>) : {};
  target[first] = inner;
  assign(inner, rest, value);
}
