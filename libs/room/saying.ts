import { z } from 'zod';
import { type Command, type Day, InvalidInput, requireInput } from '../event-sourcing/index.js';
import {
  avecMots,
  comiteDe,
  type DateFloue,
  dateFloue,
  type Name,
  seance,
  type SourceAvecMots,
  sourceCitee,
  spoken,
  texte,
  type Where,
} from '../words/index.js';
import { instructionOf } from './instruction.js';
import type { Act, ActContext } from './act.js';
import { type Connus, eachOf } from './connus.js';
import type { Again, CitedSource, FileContext, Phase, Planned, TemplateContext } from './file.js';
import type { NamedKind } from './kind.js';

/** What can be said of a thing: a part of a séance's file, and a request over HTTP. */
export interface Saying {
  /** The request that says it. */
  readonly act: Act;
  /** What it is about. */
  readonly name: Name;
  /** Its own part of a file, by name. */
  fields(seance: string): Readonly<Record<string, z.ZodType>>;
  /** The commands that a file stands for. */
  planned(context: FileContext): readonly Planned[];
  /** Its part of the next séance's file. */
  skeleton(next: TemplateContext): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Where it is said. `seance`: at a séance, that a request names; `seance?`: at one, or between two; `itself`: the
 * séance that it is about; `before`: ahead of that one; else on the day on which it is recorded.
 */
export type At = 'seance' | 'seance?' | 'itself' | 'before' | 'today';

/** What is said, without the séance where it is. */
type SaidOf<S extends z.ZodObject> = Omit<z.output<S>, 'seance'>;

/** The commands whose data are what is said, with the séance. */
type PlainOf<C extends Command, S extends z.ZodObject, A extends At> = C extends Command
  ? SaidOf<S> & { readonly seance: SeanceOf<A> } extends C['data']
    ? C['type']
    : never
  : never;

type SeanceOf<A extends At> = A extends 'seance'
  ? string
  : A extends 'seance?'
    ? string | undefined
    : undefined;

/** What a saying is about, and at which séance it is said. */
export interface Named<A extends At = At> {
  readonly reference: string;
  readonly seance: SeanceOf<A>;
}

/** One line of a file. */
export interface Line<Said> {
  /** Where it stands: `actions[2]`. */
  readonly path: string;
  readonly reference: string;
  readonly said: Said;
  readonly source?: CitedSource | undefined;
  readonly alsoCited?: readonly SourceAvecMots[];
  /** Where this place of a file calls it otherwise. Storage format: it feeds the command's id. */
  readonly deed?: string;
  readonly phase?: Phase;
  /** Said at the séance of the file, though elsewhere it is said before the one that it is about. */
  readonly at?: At;
  readonly again?: Again;
}

export interface FileList<S extends z.ZodObject> {
  readonly name: string;
  readonly description: string;
  /** Reminders for who fills the file: without effect. */
  readonly recalls?: Readonly<Record<string, z.ZodType>>;
  /** Fields that a template leaves null: as long as they are, the line says nothing. */
  readonly blanks?: readonly (keyof z.output<S> & string)[];
  /** The lines that the next séance's file should have; absent, where it opens things: none yet. */
  prefill?(next: TemplateContext): Promise<readonly object[]>;
}

export interface SayingDefinition<C extends Command, S extends z.ZodObject, A extends At> {
  /** The collection that a request acts on: `actions`. */
  readonly on: string;
  /** The last part of its path; absent where a new thing comes into being. */
  readonly path?: string;
  readonly summary: string;
  /** What it is called on a command line: `constater`. */
  readonly verb: string;
  /** The field that a command line gives without naming it. */
  readonly main?: keyof z.output<S> & string;
  /** What it is about, where that is a part of the kind's things. */
  readonly name?: Name;
  /** The field in which facts hold what is its own of such a part: said by its name, in the deed too. */
  readonly part?: keyof z.output<S> & string;
  /** How a new thing comes by its name: the next number, or one that is given; absent: it exists already. */
  readonly opens?: 'numbered' | 'named';
  /** The refusal that says that a number given to a new thing was taken meanwhile: another is then tried. */
  readonly taken?: string;
  /** The reference of a new thing, where what is said of it makes it. */
  reference?(said: SaidOf<S>): string;
  readonly at: A;
  readonly phase: Phase;
  /** The fields, as facts hold them; the séance is named once for all that is said at it. */
  readonly said: S;
  readonly list?: FileList<S>;
  /** Where it is said in other parts of a file. */
  gather?(context: FileContext): readonly Line<SaidOf<S>>[];
  /** What was done, in the command's identity: with room, séance and reference it names the act. Storage format. */
  readonly deed: string | ((said: SaidOf<S>, named: Named) => string);
  /**
   * Where the fact itself does not say since when it is true. `depuis`: by a date of that name, of a thing that may
   * have begun before the séance that opens it.
   */
  readonly since?: 'depuis' | ((said: SaidOf<S>) => Day | null | undefined);
  /** The latest day on which it was said, where it is said before something that has a day. */
  by?(said: SaidOf<S>): Day | null | undefined;
  /** What is said, in the light of what its committee knows by name. @throws InvalidInput paths within what is said */
  read?(said: SaidOf<S>, connus: Connus): SaidOf<S>;
  /** What may have been meant otherwise than it is taken. */
  doubts?(said: SaidOf<S>): readonly string[];
  /** The command that it becomes: by its type alone where its data are what is said, with the séance. */
  readonly command: PlainOf<C, S, A> | ((said: SaidOf<S>, named: Named<A>) => C);
}

/** Declares what can be said of the things of a kind: the commands are those of its room. */
export const sayingsOf =
  <C extends Command>(kind: NamedKind) =>
  <S extends z.ZodObject, A extends At>(definition: SayingDefinition<C, S, A>): Saying =>
    // From here on what was said and the command that it becomes are alike for all.
    sayingFrom(kind, inFull(definition));

type GivenDefinition = SayingDefinition<Command, z.ZodObject<Record<string, z.ZodType>>, At>;
type Said = Readonly<Record<string, unknown>>;

interface AnyDefinition extends Omit<GivenDefinition, 'since' | 'command'> {
  since?(said: Said): Day | null | undefined;
  command(said: Said, named: Named): Command;
}

const depuis = dateFloue
  .optional()
  .describe('Absente : depuis cette séance ; rien ne s’en dit qui soit plus ancien');

function inFull({ since, command, part, ...definition }: GivenDefinition): AnyDefinition {
  const { at, deed, name } = definition;
  const { seance: _, ...all } = definition.said.shape;
  const fields = Object.fromEntries(Object.entries(all).filter(([field]) => field !== part));
  const dated = since === 'depuis';
  const own = (reference: string) => (part === undefined ? {} : { [part]: name!.ownOf(reference) });
  const commandOf =
    typeof command === 'function'
      ? command
      : (said: Said, { seance, reference }: Named): Command => {
          const data = { ...said, ...own(reference) };
          return { type: command, data: at === 'seance' || at === 'seance?' ? { ...data, seance } : data };
        };
  return {
    ...definition,
    ...(part !== undefined && {
      part,
      deed: (said, named) =>
        `${typeof deed === 'string' ? deed : deed(said, named)}:${name!.ownOf(named.reference)}`,
    }),
    said: z.strictObject({ ...fields, ...(dated && { depuis }) }),
    ...(typeof since === 'function' && { since }),
    ...(dated && { since: (said) => (said.depuis as DateFloue | undefined)?.auPlusTard }),
    command: dated ? ({ depuis: __, ...said }, named) => commandOf(said, named) : commandOf,
  };
}

function sayingFrom(kind: NamedKind, definition: AnyDefinition): Saying {
  const { list } = definition;
  const name = definition.name ?? kind.name;
  const streamOf = (reference: string) => (name === kind.name ? reference : name.holderOf(reference));

  const plannedFrom = (
    { path, reference, said: given, source, alsoCited, deed, phase, again, at = definition.at }: AnyLine,
    seance: string,
    known: Connus,
  ): Planned => {
    const said = definition.read ? within(path, () => definition.read!(given, known)) : given;
    const named = { reference, seance: at === 'seance' || at === 'seance?' ? seance : undefined };
    const since = definition.since?.(said);
    return {
      kind,
      reference: streamOf(reference),
      phase: phase ?? definition.phase,
      path,
      deed: deed ?? (typeof definition.deed === 'string' ? definition.deed : definition.deed(said, named)),
      command: definition.command(said, named),
      ...(at === 'before' && { precedes: true }),
      ...(since && { effectiveOn: since }),
      ...(source && { source: quoting(source, definition.main && said[definition.main], path) }),
      ...(alsoCited && { alsoCited }),
      ...(again && { again }),
      ...(definition.doubts && { doubts: definition.doubts(said) }),
    };
  };

  return {
    name,
    act: actFrom(kind, name, definition, streamOf),
    fields: (seance) =>
      list
        ? {
            [list.name]: z
              .array(lineSchema(name, definition, list, seance))
              .prefault([])
              .describe(list.description),
          }
        : {},
    planned(context) {
      const lines = [
        ...(list ? linesOf(context.file[list.name] as readonly object[], name, list) : []),
        ...(definition.gather?.(context) ?? []),
      ];
      return eachOf(lines, (line) => plannedFrom(line, context.seance, context.connus));
    },
    skeleton: async (next) => {
      if (!list || !(list.prefill ?? definition.opens)) return {};
      return { [list.name]: (await list.prefill?.(next)) ?? [] };
    },
  };
}

/** A citation without words of its own cites those of the fact. */
function quoting(source: CitedSource, words: unknown, path: string): SourceAvecMots {
  if (source.verbatim === undefined && typeof words !== 'string')
    throw new InvalidInput([
      { path: `${path}.source`, message: 'quels mots de la preuve ? { lignes: …, verbatim: … }' },
    ]);
  return avecMots(source, String(words));
}

/** Faults of what is said stand where it is said. */
function within<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(error.issues.map((issue) => ({ ...issue, path: `${path}.${issue.path}` })));
  }
}

type AnyList = NonNullable<AnyDefinition['list']>;
type AnyLine = Line<Said>;

/** A line of a list: the thing by its local name, what is said, where it was read. */
function lineSchema(name: Name, { opens, said }: AnyDefinition, list: AnyList, seance: string): z.ZodType {
  const { blanks = [], recalls = {} } = list;
  const fields = shapeOf(said, { seance });
  for (const field of blanks)
    fields[field] = fields[field]!.nullable().describe(
      [said.shape[field]!.description, 'null : rien de dit à cette séance'].filter(Boolean).join(' ; '),
    );
  const thing = opens ? name.local(seance) : spoken(name.schema, { seance });
  return z.strictObject({ [name.word]: thing, ...fields, ...recalls, source: sourceCitee.optional() });
}

function linesOf(
  lines: readonly object[],
  { word }: Name,
  { name, blanks = [], recalls = {} }: AnyList,
): AnyLine[] {
  return lines.flatMap((line, index) => {
    const { [word]: reference, source, ...rest } = line as Record<string, unknown>;
    if (blanks.some((field) => rest[field] === null)) return [];
    const said = Object.fromEntries(Object.entries(rest).filter(([field]) => !(field in recalls)));
    return {
      path: `${name}[${index}]`,
      reference: reference as string,
      said,
      source: source as CitedSource | undefined,
    };
  });
}

const ditLe = spoken(dateFloue, 'request')
  .optional()
  .describe('Le jour où cela a été dit, s’il s’enregistre plus tard : ce qui a été dit depuis l’emporte');

function daySaid({ texte: mots, auPlusTard }: DateFloue, at: string | undefined, { today }: ActContext): Day {
  const fault = (message: string) => new InvalidInput([{ path: 'ditLe', message }]);
  if (at !== undefined) throw fault(`cela est dit à la séance ${at}, qui a son jour`);
  if (!auPlusTard) throw fault(`« ${mots} » n’est pas un jour`);
  if (auPlusTard > today) throw fault(`« ${mots} » n’est pas encore passé`);
  return auPlusTard;
}

/** A request that amends a séance that is closed. */
const rectificatif = z
  .strictObject({ motif: texte })
  .optional()
  .describe('La séance est close : pourquoi cela s’y ajoute');

function amendmentOf(why: unknown, reference: string | undefined, context: ActContext) {
  if (!why) return undefined;
  if (reference === undefined)
    throw new InvalidInput([
      { path: 'rectificatif', message: 'un rectificatif est celui d’une séance : laquelle ?' },
    ]);
  return context.amending(reference, (why as { motif: string }).motif);
}

const shapeOf = (said: z.ZodObject, where: Where): Record<string, z.ZodType> => ({
  ...(spoken(said, where) as unknown as z.ZodObject).shape,
});

function actFrom(
  kind: NamedKind,
  name: Name,
  definition: AnyDefinition,
  streamOf: (reference: string) => string,
): Act<Record<string, unknown>> {
  const { on, path, summary, verb, main, opens, taken, at, said } = definition;
  // A séance that does not exist yet is not closed.
  const amendable = at !== 'today' && !(name.word === seance.word && opens);
  const isNamed = opens === 'named' && !definition.reference;
  const referenceOf = async (
    given: unknown,
    acted: string,
    body: Said,
    context: ActContext,
  ): Promise<string> => {
    if (definition.reference) return definition.reference(body);
    if (opens === 'numbered')
      return context.allocate(kind, `${name.prefixIn((body as { seance: string }).seance)}${name.letter}`);
    return opens === 'named' ? (given as string) : acted;
  };
  return {
    on,
    ...(path !== undefined && { path }),
    summary,
    verb,
    ...(main !== undefined && { main }),
    ...(opens && { opens }),
    ...(isNamed && { named: name.word }),
    ...(taken !== undefined && { numberTaken: taken }),
    body: z.strictObject({
      ...(isNamed && { [name.word]: name.schema }),
      ...(at === 'seance' && { seance: seance.schema }),
      ...(at === 'seance?' && {
        seance: seance.schema.optional().describe('La séance où cela est dit ; absente : entre deux séances'),
      }),
      ...((at === 'seance?' || at === 'today' || at === 'before') && { ditLe }),
      ...shapeOf(said, 'request'),
      ...(amendable && { rectificatif }),
    }),
    ...(definition.doubts && {
      doubts: ({ rectificatif: _, ditLe: __, seance: ___, ...fields }) => definition.doubts!(fields),
    }),
    async instruct(body, acted, context) {
      if (!opens) requireInput(z.object({ [name.word]: name.schema }), { [name.word]: acted });
      const { [name.word]: given, seance: where, rectificatif: why, ditLe: on, ...fields } = body;
      const saidOn = on as DateFloue | undefined;
      const asSaid =
        opens === 'named' || !(name.word in said.shape) ? fields : { ...fields, [name.word]: given };
      const within = (where as string | undefined) ?? acted;
      const saidHere = definition.read
        ? definition.read(asSaid, await context.connus(comiteDe(within)))
        : asSaid;
      const reference = await referenceOf(given, acted, body, context);
      const named = { reference, seance: where as string | undefined };
      return [
        await instructionOf(
          {
            kind,
            reference: streamOf(reference),
            // What first released requests said of a part was answered by the whole: it still is.
            ...(definition.part !== undefined && { part: reference }),
            command: definition.command(saidHere, named),
            seance: at === 'itself' ? reference : named.seance,
            ...(at === 'before' && !definition.by && !saidOn && { before: reference }),
            statedBy: saidOn ? daySaid(saidOn, named.seance, context) : definition.by?.(saidHere),
            effectiveOn: definition.since?.(saidHere),
            amends: amendmentOf(
              why,
              named.seance ?? (name.word === seance.word ? reference : undefined),
              context,
            ),
          },
          context,
        ),
      ];
    },
  };
}
