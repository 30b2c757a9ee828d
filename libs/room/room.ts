import type { z } from 'zod';
import type {
  AnyStreamKind,
  AnyView,
  Command,
  Day,
  Instruction,
  Fact,
  FactCatalogue,
  StreamKind,
} from '../event-sourcing/index.js';
import type { Source } from '../faits/index.js';

/** A stream kind with the form of the references that name its things. */
// A kind's own types are given up where it is named, all but its state's.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface NamedKind<S = any> extends StreamKind<any, S, any> {
  readonly pattern: RegExp;
  /** The fact types that tell enough of such a thing where a chain only passes through it; absent: all. */
  readonly milestones?: readonly string[];
}

/** A kind whose rules and stored facts are of one type: the only place where that type is given up. */
export const namedKind = <C extends Command, S, F extends Fact>(
  kind: Omit<StreamKind<C, S, F>, 'facts'> & {
    readonly facts: FactCatalogue<F>;
    readonly pattern: RegExp;
  } & Pick<NamedKind, 'milestones'>,
): NamedKind<S> => kind as unknown as NamedKind<S>;

/** A row as a screen has it: the view's own columns as they are declared, computed ones as unknown. */
type Shown<Row> = Readonly<Row> & Readonly<Record<string, unknown>>;

/** How a view looks as a table for people. */
export interface Screen<Row = unknown> {
  readonly title: string;
  readonly columns: readonly ScreenColumn<Row>[];
}

interface ScreenColumn<Row> {
  readonly heading: string;
  /** Relative share of the width; narrow columns take what they need. */
  readonly grow?: number;
  text(row: Shown<Row>): string;
}

/** A view that people and programs read by its name: `minutier actions`, `GET /actions`. */
export interface Published {
  readonly view: AnyView;
  readonly screen: Screen;
}

/** What accompanies a command that comes from outside. */
export interface ActContext {
  readonly commandId: string;
  readonly author: string;
  readonly today: Day;
  /** The reference of a new thing: the number after the last one of a prefix, the same when the request comes again. */
  allocate(kind: AnyStreamKind, prefix: string): Promise<string>;
  /** The day that stands for a séance: the latest it can have been. */
  dayOf(seance: string): Promise<Day>;
}

/** Something that can be done to a thing from outside: `POST /actions/<reference>/avancement`. */
export interface Act<Body = unknown> {
  /** The collection that it acts on: `actions`. */
  readonly on: string;
  /** The last part of the path; absent where a new thing comes into being. */
  readonly path?: string;
  readonly summary: string;
  /** The refusal that says that a number given to a new thing was taken meanwhile: another is then tried. */
  readonly numberTaken?: string;
  readonly body: z.ZodType<Body>;
  /** `reference` is the thing acted on; absent for a new thing. */
  instruct(body: Body, reference: string, context: ActContext): Promise<readonly Instruction[]>;
}

/** The parts of a file that one room understands, and the commands that they stand for. */
export interface FileSection {
  readonly fields: Readonly<Record<string, z.ZodType>>;
  compile(file: Readonly<Record<string, unknown>>, context: FileContext): void;
}

/** When in the course of a séance a command falls; the order of a file does not matter. */
export const MOMENTS = [
  'comite',
  'ouverture',
  'decisions',
  'effets',
  'actions',
  'issues',
  'cloture',
] as const;
export type Moment = (typeof MOMENTS)[number];

export interface Planned {
  readonly moment: Moment;
  readonly path: string;
  readonly kind: AnyStreamKind;
  readonly reference: string;
  readonly command: Command;
  /** What was done, in the command's identity: `avancement:Amue`. With room, séance and reference it names the act. */
  readonly act: string;
  readonly source?: CitedSource;
  /** Other places of the evidence that the fact rests on. */
  readonly alsoCited?: readonly CitedSource[];
  /** Where the fact itself does not say its day. */
  readonly effectiveOn?: Day | null;
  /** What is announced before the séance of the file: stated when it is recorded, if that is earlier. */
  readonly precedes?: boolean;
}

/** A source as a file cites it: lines and words of the evidence that its header names. */
export type CitedSource = Omit<Source, 'fichier' | 'sha256' | 'debut' | 'fin'> & {
  readonly lignes: string | number;
};

export interface FileContext {
  readonly comite: string;
  readonly seance: string;
  plan(planned: Planned): void;
}

/** A prefilled part of the next séance's file. */
export type Template = Readonly<Record<string, unknown>>;

/** What a room offers the register. Adding a room is adding one of these. */
export interface Room {
  readonly name: string;
  readonly kinds: readonly NamedKind[];
  readonly published: readonly Published[];
  /** Views that others join and nobody lists. */
  readonly internal?: readonly AnyView[];
  // Each act's own body type is checked where the act is declared.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly acts: readonly Act<any>[];
  readonly section?: FileSection;
  /** What the next séance's file should be prefilled with, from what is known now. */
  template?(next: TemplateContext): Promise<Template>;
}

export interface TemplateContext {
  readonly comite: string;
  /** The number of the séance to prepare. */
  readonly numero: number;
  /** All rows of a view for this committee, now. */
  rows(
    view: AnyView,
    filters?: Readonly<Record<string, string>>,
  ): Promise<readonly Record<string, unknown>[]>;
}
