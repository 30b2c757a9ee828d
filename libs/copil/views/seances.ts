import type { ViewDefinition } from '../../event-sourcing/index.js';
import { comiteDe, type DateFloue, numeroDe } from '../../words/index.js';
import type { Published, Screen } from '../../room/index.js';
import { type Seance, seanceDecider } from '../seance.decider.js';
import type { SeanceEvent } from '../seance.events.js';

export interface SeanceRow extends Seance {
  readonly comite: string;
  readonly numero: number;
  readonly jourAuPlusTot: string | null;
  readonly jourAuPlusTard: string | null;
  /** The position that its name stands for; a correction of the closing does not move it. */
  readonly cloturePosition: string | null;
}

interface SeanceConnue {
  readonly seance: Seance;
  readonly cloturePosition: string | null;
}

const view: ViewDefinition<SeanceConnue | undefined, SeanceRow, SeanceEvent> = {
  name: 'seances',
  version: 1,
  categories: ['seance'],
  columns: {
    comite: { type: 'text', description: 'Comité' },
    numero: { type: 'integer', description: 'Numéro' },
    statut: { type: 'text', description: 'Statut : planifiee, ouverte, close' },
    jour: { type: 'json', description: 'Jour, dans les mots du comité et en bornes' },
    jourAuPlusTot: { type: 'date', description: 'Premier jour possible' },
    jourAuPlusTard: { type: 'date', description: 'Dernier jour possible' },
    points: { type: 'json', description: 'Ordre du jour, avec l’issue de chaque point' },
    presences: { type: 'json', description: 'Présence des membres' },
    invites: { type: 'json', description: 'Invités' },
    contradictions: { type: 'json', description: 'Contradictions relevées' },
    cloturePosition: { type: 'bigint', description: 'Position de la clôture dans le journal' },
  },
  computed: {
    horsChronologie: {
      type: 'boolean',
      description:
        'Close après une séance postérieure de son comité : son nom ne désigne pas un point du passé',
      sql: ({ alias, relation, at }) =>
        `EXISTS (SELECT 1 FROM ${relation('seances')} s WHERE s.scope = ${alias}.scope AND ${at('s')}
           AND s."cloturePosition" < ${alias}."cloturePosition"
           AND (coalesce(s."jourAuPlusTard", ${alias}."jourAuPlusTard", '-infinity'), s.numero)
             > (coalesce(${alias}."jourAuPlusTard", s."jourAuPlusTard", '-infinity'), ${alias}.numero))`,
    },
  },
  filters: {
    statut: {
      description: 'planifiee, ouverte ou close',
      values: ['planifiee', 'ouverte', 'close'],
      sql: ({ alias }, value) => `${alias}.statut = ${value}`,
    },
  },
  initial: undefined,
  evolve(connue, event, origin) {
    if (!connue && event.type !== 'SeancePlanifiee') return undefined;
    const seance = seanceDecider.evolve(connue?.seance ?? seanceDecider.initial, event);
    const cloturePosition =
      event.type === 'SeanceCloturee' ? origin.position.toString() : (connue?.cloturePosition ?? null);
    return { seance, cloturePosition };
  },
  rows(connue, reference) {
    if (!connue) return [];
    const { seance, cloturePosition } = connue;
    return [
      [
        reference,
        {
          ...seance,
          comite: comiteDe(reference),
          numero: numeroDe(reference),
          jourAuPlusTot: seance.jour?.auPlusTot ?? null,
          jourAuPlusTard: seance.jour?.auPlusTard ?? null,
          cloturePosition,
        },
      ],
    ];
  },
  scope: comiteDe,
};

const issues = (row: SeanceRow): string => {
  const counts = new Map<string, number>();
  for (const { issue } of row.points) if (issue) counts.set(issue.issue, (counts.get(issue.issue) ?? 0) + 1);
  return [...counts].map(([issue, count]) => `${count} ${issue}`).join(', ');
};

const screen: Screen<SeanceRow> = {
  title: 'Séances',
  columns: [
    { heading: 'Séance', text: (row) => String(row.reference) },
    { heading: 'Jour', grow: 2, text: (row) => jourEnClair(row.jour) },
    {
      heading: 'Statut',
      text: (row) => `${String(row.statut)}${row.horsChronologie ? ' (hors chronologie)' : ''}`,
    },
    { heading: 'Points', text: (row) => String(row.points.length) },
    { heading: 'Issues', grow: 2, text: (row) => issues(row) },
    { heading: 'Membres', text: (row) => String(row.presences.length) },
    { heading: 'Invités', text: (row) => String(row.invites.length) },
    {
      heading: 'Contra-\ndictions',
      text: (row) => String(row.contradictions.length),
    },
  ],
};

export const seances: Published = { view, screen };

/** The words, and what they mean where that is not the same. */
export function jourEnClair(jour: DateFloue | undefined | null): string {
  if (!jour) return '';
  const { texte, auPlusTot, auPlusTard, infere } = jour;
  if (texte === auPlusTot && auPlusTot === auPlusTard) return texte;
  if (!auPlusTot && !auPlusTard) return texte;
  const bornes = auPlusTot === auPlusTard ? auPlusTot : `${auPlusTot ?? '…'} → ${auPlusTard ?? '…'}`;
  return `${texte} [${bornes}${infere ? ', déduit' : ''}]`;
}
