import type { z } from 'zod';
import {
  ANNULMENT,
  type Correcting,
  digest,
  type Fact,
  type InputIssue,
  InvalidInput,
  isStray,
  type Logged,
  NotFound,
  parseInput,
  readFact,
  type Recorded,
  referenceOf,
  streamOf,
} from '../event-sourcing/index.js';
import type { NamedKind } from '../room/index.js';
import { spokenAt, type Where } from '../words/index.js';
import { kindOf, kinds } from './rooms.js';
import type { Registre } from './registre.js';

export interface NamedEvent {
  readonly kind: NamedKind;
  readonly reference: string;
  readonly event: Recorded;
}

/** How people name an event: `apogee-rof/1/A4@1`, reference and revision. */
export const nomDe = ({ stream, revision }: Pick<Recorded, 'stream' | 'revision'>): string =>
  `${referenceOf(stream)}@${revision}`;

/** Finds an event by `reference@revision` or `position:<n>`. @throws NotFound @throws InvalidInput */
export async function eventNamed({ store }: Registre, nom: string): Promise<NamedEvent> {
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
): Pick<NamedEvent, 'kind' | 'event'> {
  const event = kind && logged && !isStray(logged) ? readFact(kind.facts, logged) : undefined;
  if (!kind || !event) throw absent(nom);
  return { kind, event };
}

const absent = (nom: string): NotFound =>
  new NotFound('evenement-inconnu', `L’événement ${nom} n’existe pas : « minutier journal » les nomme.`);

interface Remplacer {
  /** How the fields are said: a date in its words; in a file, a number as it is written. */
  readonly where?: Where;
  readonly type?: string | undefined;
  readonly effectif?: string | undefined;
}

/** The replacement of an event: the same fact with some fields changed, or a fact of another type. */
export function remplacement(
  { kind, event }: NamedEvent,
  champs: Readonly<Record<string, unknown>>,
  { where = 'request', type = event.type, effectif: effectiveOn }: Remplacer = {},
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
  const given = Object.entries(champs).map(([path, value]) =>
    wordsOf(kind.facts[type]!.schema, path, value, where),
  );
  if (type === event.type && given.length === 0 && effectiveOn === undefined)
    throw new InvalidInput([{ path: 'champs', message: 'aucun champ : que faut-il corriger ?' }]);
  const data = (type === event.type ? structuredClone(event.data) : {}) as Record<string, unknown>;
  const { schema } = kind.facts[type]!;
  const faults = given.flatMap(([path, value]) => {
    const held = heldAs(schema, path, value, where);
    return 'issues' in held ? held.issues : (assign(data, path, held.data) ?? []);
  });
  if (faults.length > 0) throw new InvalidInput(faults);
  // Where a field takes no null, null means that it goes.
  // The last ones of a list first: those after them move up.
  for (const path of refusedNulls(kind, type, data, champs).toSorted(lastFirst))
    assign(data, path, undefined);
  const moved = effectiveOn !== undefined && effectiveOn !== event.metadata.effectiveOn;
  if (type === event.type && !moved && digest(data) === digest(event.data))
    throw new InvalidInput([
      { path: 'champs', message: 'l’événement dit déjà cela : cette correction ne changerait rien' },
    ]);
  return {
    revision: event.revision,
    replacement: { type, data },
    ...(effectiveOn !== undefined && { effectiveOn }),
  };
}

/** The words of a date are read again: they alone are not another date. */
function wordsOf(schema: z.ZodType, path: string, value: unknown, where: Where): [string, unknown] {
  const of = /^(.+)\.texte$/.exec(path)?.[1];
  return of !== undefined && typeof value === 'string' && spokenAt(schema, of.split('.'), where) !== undefined
    ? [of, { texte: value }]
    : [path, value];
}

/** What is said in a field, as the fact holds it; what is held so already stays; else what is wrong with it. */
function heldAs(
  schema: z.ZodType,
  path: string,
  value: unknown,
  where: Where,
): { readonly data: unknown } | { readonly issues: readonly InputIssue[] } {
  const said = value === null ? undefined : spokenAt(schema, path.split('.'), where);
  const parsed = said && parseInput(said, value);
  if (!parsed || (typeof value === 'object' && !parsed.success)) return { data: value };
  if (parsed.success) return { data: parsed.data };
  return {
    issues: parsed.issues.map(({ parts, path: _, ...issue }) => ({
      ...issue,
      path: ['champs', path, ...parts.map(String)].join('.'),
    })),
  };
}

function refusedNulls(
  { facts }: NamedKind,
  type: string,
  data: unknown,
  champs: Readonly<Record<string, unknown>>,
): string[] {
  const parsed = parseInput(facts[type]!.schema, data);
  const faults = new Set(parsed.success ? [] : parsed.issues.map(({ parts }) => parts.map(String).join('.')));
  return Object.keys(champs).filter((path) => champs[path] === null && faults.has(path));
}

const { compare } = new Intl.Collator('en', { numeric: true });
const lastFirst = (a: string, b: string): number => compare(b, a);

const MAX_PATH = { characters: 200, fields: 8 };
/** What is no field of anything, though every object seems to have it. */
const NO_FIELDS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Sets `echeance.texte` or `acteurs.1`; undefined removes the field. Tells what is wrong with the path. */
function assign(data: object, path: string, value: unknown): InputIssue | undefined {
  const fields = path.split('.');
  const fault = (message: string): InputIssue => ({ path: `champs.${path}`, message });
  if (path.length > MAX_PATH.characters || fields.length > MAX_PATH.fields)
    return fault('ce chemin est trop long pour être celui d’un champ');
  const last = fields.pop()!;
  if ([...fields, last].some((field) => NO_FIELDS.includes(field))) return fault('champ inconnu');
  let target = data as Record<string, unknown>;
  for (const field of fields) {
    if (!isPlace(target, field)) return fault('cette liste n’a pas cet élément');
    const inner = Object.hasOwn(target, field) ? target[field] : undefined;
    const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
    target[field] = next;
    target = next;
  }
  if (!isPlace(target, last)) return fault('cette liste n’a pas cet élément');
  if (value !== undefined) target[last] = value;
  else if (Array.isArray(target)) target.splice(Number(last), 1);
  else delete target[last];
  return undefined;
}

/** A list can be changed where it has something, and go on where it ends. */
const isPlace = (target: object, field: string): boolean =>
  !Array.isArray(target) || (/^\d{1,6}$/.test(field) && Number(field) <= target.length);
