import type { z } from 'zod';
import type { AnyView, Consequence } from '../event-sourcing/index.js';
import type { FileSection } from './file.js';
import type { NamedKind } from './kind.js';
import type { Saying } from './saying.js';
import type { Published } from './screen.js';

/** What a room offers the register. Adding a room is adding one of these. */
export interface Room {
  readonly name: string;
  readonly kinds: readonly NamedKind[];
  readonly published: readonly Published[];
  /** Views that others join and nobody lists. */
  readonly internal?: readonly AnyView[];
  /** What can be said of its things: every door is made of that. */
  readonly sayings: readonly Saying[];
  readonly section?: FileSection;
  /** What its things suffer from others, or from each other. */
  readonly consequences?: readonly Consequence[];
}

/** The parts of a séance's file that a room understands. */
export const fieldsOf = (
  { sayings, section }: Pick<Room, 'sayings' | 'section'>,
  seance: string,
): (readonly [name: string, schema: z.ZodType])[] => [
  ...sayings.flatMap((saying) => Object.entries(saying.fields(seance))),
  ...Object.entries(section?.fields(seance) ?? {}),
];
