import {
  ANNULMENT,
  categoryOf,
  describe,
  equals,
  type Fact,
  type Link,
  type Recorded,
  referenceOf,
  type ViewDefinition,
} from '../event-sourcing/index.js';
import { comiteDe } from '../words/index.js';
import type { NamedKind } from '../room/index.js';

export interface LienRow {
  readonly de: string;
  readonly role: string;
  readonly vers: string;
  readonly evenement: string;
}

type Liens = ReadonlyMap<string, LienRow>;

/** Who refers to whom: what `pourquoi` follows, in both directions and on any basis. */
export function liens(kinds: readonly NamedKind[]): ViewDefinition<Liens, LienRow, Fact> {
  const facts = new Map(kinds.map((kind) => [kind.category, kind.facts]));
  const linksOf = (event: Recorded) =>
    event.type === ANNULMENT
      ? []
      : (describe(facts.get(categoryOf(event.stream))!, event.type).links?.(
          event.data,
          referenceOf(event.stream),
        ) ?? []);
  const fromOf = (event: Recorded, { from }: Link) => from ?? referenceOf(event.stream);
  const keyOf = (event: Recorded, link: Link) => `${fromOf(event, link)} ${link.role} ${link.to}`;
  return {
    name: 'liens',
    version: 4,
    categories: kinds.map(({ category }) => category),
    columns: {
      de: { type: 'text', description: 'Ce qui se réfère' },
      role: { type: 'text', description: 'À quel titre' },
      vers: { type: 'text', description: 'Ce à quoi il se réfère' },
      evenement: { type: 'text', description: 'Identifiant de l’événement' },
    },
    filters: {
      de: equals('de', 'Origine'),
      evenement: equals('evenement', 'Événement'),
      vers: equals('vers', 'Cible'),
    },
    indexed: ['de', 'vers'],
    initial: new Map(),
    evolve(liens, event) {
      const links = linksOf(event);
      if (links.length === 0) return liens;
      const next = new Map(liens);
      for (const link of links) {
        const de = fromOf(event, link);
        next.set(keyOf(event, link), { de, role: link.role, vers: link.to, evenement: event.id });
      }
      return next;
    },
    rows: (liens) => liens,
    scope: comiteDe,
  };
}
