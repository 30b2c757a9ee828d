import type { Generation, NewerFact, ParkedStream, SeenFault } from '../event-sourcing/index.js';
import { views } from './rooms.js';
import type { Registre } from './registre.js';

/** How the log and the views are. */
export interface Sante {
  readonly journal: string;
  readonly position: bigint;
  /** Of the views; -1 where one is not built yet. */
  readonly atteinte: bigint;
  readonly generations: readonly Generation[];
  readonly aLEcart: readonly ParkedStream[];
  /** Streams of which events are missing. */
  readonly abimes: readonly SeenFault[];
  /** What was written by others, or changed; the last of it. */
  readonly etrangers: readonly SeenFault[];
  /** The fact of a newer release at which this one's views stand still. */
  readonly arret: NewerFact | undefined;
}

const SHOWN = 20;

/** Looks at the log and at what projectors have kept in mind. @throws WrongLog @throws StoreUnavailable */
export async function examine(registre: Registre): Promise<Sante> {
  await registre.logWatch.requireLog();
  const { id } = await registre.store.identity();
  const position = await registre.store.head();
  const { books } = registre;
  const generations = await books.live();
  const checkpoints = generations.map(({ checkpoint }) => checkpoint);
  return {
    journal: id,
    position,
    atteinte:
      generations.length < views.length ? -1n : checkpoints.reduce((min, one) => (one < min ? one : min)),
    generations,
    aLEcart: await books.parked(generations),
    abimes: await books.damaged(id, SHOWN),
    etrangers: await books.strays(id, SHOWN),
    arret: registre.projector.stopped,
  };
}
