import { type Seance, seanceKind } from '../copil/index.js';
import {
  type Fact,
  currentState,
  type EventStore,
  NotFound,
  readHistory,
  type Recorded,
} from '../event-sourcing/index.js';

/** The history of a séance. @throws NotFound */
export async function historyOfSeance(store: EventStore, reference: string): Promise<Recorded[]> {
  const events = seanceKind.name.pattern.test(reference)
    ? await readHistory(store, seanceKind, reference)
    : [];
  if (events.length === 0) throw new NotFound('seance-inconnue', `La séance ${reference} n’existe pas.`);
  return events;
}

export const stateOfSeance = (events: readonly Recorded[]): Seance =>
  currentState<Seance, Fact>(seanceKind.decider, events);

/** The day that stands for a séance: the latest it can have been, or a given day where that is unknown. @throws NotFound */
export async function dayOfSeance(store: EventStore, reference: string, today: string): Promise<string> {
  const { jour } = stateOfSeance(await historyOfSeance(store, reference));
  return jour?.auPlusTard ?? today;
}
