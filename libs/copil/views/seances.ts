import { z } from 'zod';
import { computes, overtaken, QUORUM, quorate } from '../../event-sourcing/index.js';
import { json, published } from '../../room/index.js';
import { comiteDe, dateFloue, jourEnClair, jourEnFrancais, numeroDe, motDe } from '../../words/index.js';
import { seanceKind } from '../kinds.js';
import type { Point, Seance } from '../seance.decider.js';
import { facts } from '../seance.events.js';

export interface SeanceRow extends Seance {
  readonly comite: string;
  readonly numero: number;
  readonly jourAuPlusTot: string | null;
  readonly jourAuPlusTard: string | null;
  /** The position that its name stands for; a correction of the closing does not move it. */
  readonly cloturePosition: string | null;
  /** How many members it has, are there or replaced, and may be there for all that is known; null before it sits. */
  readonly membres: number | null;
  readonly representes: number | null;
  readonly incertains: number | null;
}

export const quorum = quorate(
  {
    rules: 'quorums',
    day: 'jourAuPlusTard',
    members: 'membres',
    present: 'representes',
    unknown: 'incertains',
  },
  {
    description: `Quorum, par la règle du jour de la séance : ${QUORUM.join(', ')} ; null : sans règle`,
    from: ['presences'],
    words: motDe,
  },
);

const STATUTS = ['planifiee', 'ouverte', 'close'] as const;
const { PointInscrit, IssueDonnee, SeanceOuverte, ContradictionRelevee, SeanceRectifiee } = facts;

export const seances = published(seanceKind, {
  view: 'seances',
  version: 4,
  title: 'Séances',
  columns: {
    comite: { type: 'text', description: 'Comité' },
    numero: { type: 'integer', description: 'Numéro' },
    statut: { type: 'text', description: `Statut : ${STATUTS.join(', ')}`, words: motDe },
    jour: json('Jour, dans les mots du comité et en bornes', dateFloue, jourEnClair),
    jourAuPlusTot: { type: 'date', description: 'Premier jour possible', from: ['jour'] },
    jourAuPlusTard: { type: 'date', description: 'Dernier jour possible', from: ['jour'] },
    points: json(
      'Ordre du jour, avec l’issue de chaque point',
      z.array(PointInscrit.extend({ issue: IssueDonnee.omit({ point: true }).optional() })),
      (points) => points.map(pointEnClair),
    ),
    presences: json('Présence des membres', SeanceOuverte.shape.presences, (presences) =>
      presences.map(
        ({ personne, presence, suppleant }) =>
          `${personne} : ${motDe(presence)}${suppleant ? `, suppléé par ${suppleant}` : ''}`,
      ),
    ),
    membres: {
      type: 'integer',
      description: 'Nombre de membres, une fois la séance ouverte',
      from: ['presences'],
    },
    representes: {
      type: 'integer',
      description: 'Membres que l’on sait présents ou suppléés',
      from: ['presences'],
    },
    incertains: {
      type: 'integer',
      description: 'Membres dont la présence n’est pas communiquée',
      from: ['presences'],
    },
    invites: json('Invités', SeanceOuverte.shape.invites, (invites) =>
      invites.map(({ personne, presence }) => `${personne} : ${motDe(presence)}`),
    ),
    contradictions: json('Contradictions relevées', z.array(ContradictionRelevee), (contradictions) =>
      contradictions.map(
        ({ contradiction, objet, retenu }) =>
          `${contradiction} ${objet}${retenu === null ? '' : ` (retenu : ${retenu})`}`,
      ),
    ),
    rectificatifs: json(
      'Rectificatifs enregistrés après la clôture : quand, et pourquoi',
      z.array(SeanceRectifiee),
      (rectificatifs) => rectificatifs.map(({ le, motif }) => `${jourEnFrancais(le)} : ${motif}`),
    ),
    cloturePosition: {
      type: 'bigint',
      description: 'Position de la clôture dans le journal',
      from: ['statut'],
    },
  },
  computed: {
    quorum,
    horsChronologie: overtaken(
      { view: 'seances', at: 'cloturePosition', day: 'jourAuPlusTard', number: 'numero' },
      {
        description:
          'Close après une séance postérieure de son comité : son nom ne désigne pas un moment du passé',
      },
    ),
  },
  filteredBy: { statut: STATUTS },
  filters: { quorum: computes(quorum, QUORUM) },
  kept: {
    cloturePosition: { of: ['SeanceCloturee'], take: (_, { position }) => position.toString() },
  },
  rows: (seance, reference, kept): [string, SeanceRow][] =>
    seance.statut === 'inconnue'
      ? []
      : [
          [
            reference,
            {
              ...seance,
              comite: comiteDe(reference),
              numero: numeroDe(reference),
              jourAuPlusTot: seance.jour?.auPlusTot ?? null,
              jourAuPlusTard: seance.jour?.auPlusTard ?? null,
              ...presents(seance),
              ...kept,
            },
          ],
        ],
  screen: [
    { heading: 'Jour', grow: 2, of: 'jour' },
    {
      heading: 'Statut',
      text: ({ statut, horsChronologie, rectificatifs }) =>
        [
          `${motDe(statut)}${horsChronologie ? ' (hors chronologie)' : ''}`,
          ...(rectificatifs.length > 0 ? [rectifieeEnClair(rectificatifs)] : []),
        ].join('\n'),
    },
    { heading: 'Points', text: ({ points }) => String(points.length) },
    { heading: 'Issues', grow: 2, text: ({ points }) => issues(points) },
    { heading: 'Membres', grow: 1, text: (row) => membresEnClair(row) },
    { heading: 'Invités', text: ({ invites }) => (invites.length > 0 ? String(invites.length) : '') },
    { heading: 'Contra-\ndictions', text: ({ contradictions }) => String(contradictions.length) },
  ],
});

function presents({ statut, presences }: Seance): Pick<SeanceRow, 'membres' | 'representes' | 'incertains'> {
  if (statut === 'planifiee') return { membres: null, representes: null, incertains: null };
  const venus = presences.filter(({ presence, suppleant }) => presence === 'present' || suppleant);
  const inconnus = presences.filter(({ presence, suppleant }) => presence === 'inconnue' && !suppleant);
  return { membres: presences.length, representes: venus.length, incertains: inconnus.length };
}

const QUORUM_EN_CLAIR: Readonly<Record<string, string>> = {
  atteint: 'quorum atteint',
  'non-atteint': 'sans quorum',
  indetermine: 'quorum indéterminé',
};

/** Unknown is not zero. */
function membresEnClair({
  membres,
  representes,
  incertains,
  quorum: etat,
}: Pick<SeanceRow, 'membres' | 'representes' | 'incertains'> & { readonly quorum?: unknown }): string {
  if (membres === null) return '';
  const venus =
    membres === 0
      ? 'non communiqués'
      : incertains === membres
        ? `${membres}, présence non communiquée`
        : `${representes} sur ${membres}${incertains ? `, ${incertains} non ${incertains > 1 ? 'communiquées' : 'communiquée'}` : ''}`;
  return [venus, QUORUM_EN_CLAIR[String(etat)]].filter(Boolean).join('\n');
}

const pointEnClair = ({ point, titre, issue }: Point): string =>
  `${point} ${titre}${issue ? ` — ${[motDe(issue.issue), issue.texte ?? issue.motif].filter(Boolean).join(' : ')}` : ''}`;

const rectifieeEnClair = (rectificatifs: SeanceRow['rectificatifs']): string =>
  `rectifiée ${rectificatifs.length} fois, la dernière le ${jourEnFrancais(rectificatifs.at(-1)!.le)}`;

function issues(points: readonly Point[]): string {
  const counts = new Map<string, number>();
  for (const { issue } of points) if (issue) counts.set(issue.issue, (counts.get(issue.issue) ?? 0) + 1);
  return [...counts].map(([issue, count]) => `${motDe(issue)} : ${count}`).join(' ; ');
}
