import { type Fault, type Generation, liveGenerations, type NewerFact } from '../event-sourcing/index.js';
import { views } from './rooms.js';
import type { Registre } from './registre.js';

/** Something in the log that is none of our events, as a projector saw it. */
export interface Ecarte {
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly fault: Fault;
}

/** How the log and the views are. */
export interface Sante {
  readonly journal: string;
  readonly position: bigint;
  /** Of the views; -1 where one is not built yet. */
  readonly atteinte: bigint;
  readonly generations: readonly Generation[];
  readonly aLEcart: readonly { readonly view: string; readonly stream: string; readonly error: string }[];
  /** Streams of which events are missing. */
  readonly abimes: readonly Ecarte[];
  /** What was written by others, or changed; the last of it. */
  readonly etrangers: readonly Ecarte[];
  /** The fact of a newer release at which this one's views stand still. */
  readonly arret: NewerFact | undefined;
}

const SHOWN = 20;

/** Looks at the log and at what projectors have kept in mind. @throws WrongLog @throws StoreUnavailable */
export async function examiner(registre: Registre): Promise<Sante> {
  await registre.logWatch.requireLog();
  const { id } = await registre.store.identity();
  const position = await registre.store.head();
  const generations = await liveGenerations(registre.pool, views);
  const { rows: aLEcart } = await registre.pool.query<Sante['aLEcart'][number]>(
    `SELECT g.view, p.stream, p.error FROM projection.parked_stream p JOIN projection.generation g USING (generation)
      WHERE g.generation = ANY ($1) ORDER BY g.view, p.stream`,
    [generations.map(({ generation }) => generation)],
  );
  const { rows: etrangers } = await registre.pool.query<Ecarte>(
    `SELECT stream, revision::text, position::text, fault FROM projection.stray
      WHERE log = $1 AND fault NOT IN ('deleted', 'truncated', 'whole-again') ORDER BY stray.position DESC LIMIT ${SHOWN}`,
    [id],
  );
  // What was told last of each stream as a whole.
  const { rows: abimes } = await registre.pool.query<Ecarte>(
    `SELECT stream, revision, position, fault
       FROM (SELECT DISTINCT ON (stream) stream, revision::text, position::text, fault FROM projection.stray
              WHERE log = $1 AND fault IN ('deleted', 'truncated', 'whole-again') ORDER BY stream, stray.position DESC) told
      WHERE fault <> 'whole-again' LIMIT ${SHOWN}`,
    [id],
  );
  const checkpoints = generations.map(({ checkpoint }) => checkpoint);
  return {
    journal: id,
    position,
    atteinte:
      generations.length < views.length ? -1n : checkpoints.reduce((min, one) => (one < min ? one : min)),
    generations,
    aLEcart,
    abimes,
    etrangers,
    arret: registre.projector.stopped,
  };
}
