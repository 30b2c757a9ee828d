import type { z } from 'zod';
import type { Connus } from './connus.js';
import type { NamedKind } from './kind.js';
import type { Amendment, Day, FormerId, Instruction } from '../event-sourcing/index.js';

/** What accompanies a command that comes from outside. */
export interface ActContext {
  readonly commandId: string;
  readonly author: string;
  /** Under which id an earlier release recorded the same request. */
  readonly former?: FormerId;
  readonly today: Day;
  /** What a committee knows by name. */
  connus(comite: string): Promise<Connus>;
  /** Why a séance that is closed is amended by it. */
  amending(seance: string, motif: string): Amendment;
  /** The reference of a new thing: the number after the last one of a prefix, the same when the request comes again. */
  allocate(kind: NamedKind, prefix: string): Promise<string>;
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
  /** What it is called on a command line: `constater`. */
  readonly verb: string;
  /** The field that a command line gives without naming it. */
  readonly main?: string;
  /** How a new thing comes by its name: the next number, or one that is given; absent: it exists already. */
  readonly opens?: 'numbered' | 'named';
  /** What the thing is called in the body, where that gives its name. */
  readonly named?: string;
  /** The refusal that says that a number given to a new thing was taken meanwhile: another is then tried. */
  readonly numberTaken?: string;
  readonly body: z.ZodType<Body> & { readonly shape: Readonly<Record<string, z.ZodType>> };
  /** What may have been meant otherwise than it is taken. */
  doubts?(body: Body): readonly string[];
  /** `reference` is the thing acted on; absent for a new thing. */
  instruct(body: Body, reference: string, context: ActContext): Promise<readonly Instruction[]>;
}
