import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { contentDigest, digest, eventId } from '../command-identity.js';
import { type Fact, type NewEvent } from '../event.js';
import type { AnyStreamKind } from '../stream-kind.js';
import type { ViewDefinition } from './view.js';

/** Every fact names the keys that it concerns; a row tells exactly which facts it was folded from. */
export interface Noted extends Fact {
  readonly type: 'Note';
  readonly data: {
    readonly n: number;
    readonly keys: readonly string[];
    readonly poison?: boolean;
    /** What no table takes: a day that is none, or a key that comes twice. */
    readonly day?: string;
    readonly twice?: boolean;
  };
}

export interface NotesRow {
  readonly notes: readonly number[];
  readonly day: string | null;
}

interface State {
  readonly rows: ReadonlyMap<string, NotesRow>;
  readonly twice: boolean;
}

/** What a test may want to know, or to break. */
export const notebookSwitches = { folds: 0, poisonKills: false };

export const evolveNotes = (
  row: NotesRow | undefined,
  { data }: Pick<Noted, 'data'>,
): NotesRow | undefined => {
  if (data.poison && notebookSwitches.poisonKills) throw new Error('cannot fold this');
  return row || data.n % 5 === 0
    ? { notes: [...(row?.notes ?? []), data.n], day: data.day ?? row?.day ?? null }
    : undefined;
};

/** A stream of category `carnet` has a row for each key that its facts name. */
export const notesView = (version: number): ViewDefinition<State, NotesRow, Noted> => ({
  name: 'notes',
  version,
  categories: ['carnet'],
  columns: {
    notes: {
      type: 'json',
      description: 'numbers folded, in order',
      schema: z.array(z.int()),
      words: (notes) => notes.map(String),
    },
    day: { type: 'date', description: 'the last day that was named' },
  },
  initial: { rows: new Map(), twice: false },
  evolve(state, event) {
    notebookSwitches.folds += 1;
    const rows = new Map(state.rows);
    for (const key of event.data.keys) {
      const row = evolveNotes(rows.get(key), event);
      if (row) rows.set(key, row);
    }
    return { rows, twice: state.twice || event.data.twice === true };
  },
  rows: ({ rows, twice }, reference) => {
    const named = [...rows].map(([key, row]) => [`carnet-${reference}/${key}`, row] as const);
    return twice ? [...named, ...named] : named;
  },
  scope: (reference) => `carnet-${reference}`,
});

export const notebook: AnyStreamKind = {
  category: 'carnet',
  decider: { initial: undefined, decide: () => [], evolve: () => undefined },
  facts: { Note: { version: 1, schema: z.any(), sentence: () => 'note' } },
};

export interface Told {
  readonly on?: string;
  /** The day on which it was true, where another. */
  readonly trueOn?: string;
  readonly corrects?: { readonly id: string; readonly revision: number };
  readonly type?: string;
}

/** One event of a stream, as a release of ours writes it. */
export function noted(stream: string, data: Noted['data'] | { motif: string }, told: Told = {}): NewEvent {
  const { on = '2018-03-01', trueOn = on, corrects, type = 'Note' } = told;
  const commandId = randomUUID();
  const event = {
    id: eventId(commandId, 0),
    type,
    version: 1,
    data,
    metadata: {
      author: 'a',
      commandId,
      commandDigest: digest(data),
      statedOn: on,
      effectiveOn: trueOn,
      ...(corrects && { corrects }),
    },
  };
  return { ...event, metadata: { ...event.metadata, digest: contentDigest(stream, event) } };
}
