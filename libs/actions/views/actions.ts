import { jourEnClair } from '../../copil/index.js';
import type { ViewDefinition } from '../../event-sourcing/index.js';
import { comiteDe } from '../../words/index.js';
import type { Published, Screen } from '../../room/index.js';
import { type Action, actionDecider } from '../actions.decider.js';
import { type ActionEvent, CODES } from '../actions.events.js';

interface ActionRow extends Action {
  readonly comite: string;
  /** The last words on its progress, of all actors; several are joined. */
  readonly avancement: string | null;
  readonly codes: readonly string[];
  readonly echeanceAuPlusTot: string | null;
  readonly echeanceAuPlusTard: string | null;
  readonly source: object | null;
}

interface ActionConnue {
  readonly action: Action;
  readonly source: object | null;
}

const view: ViewDefinition<ActionConnue | undefined, ActionRow, ActionEvent> = {
  name: 'actions',
  version: 3,
  categories: ['action'],
  columns: {
    comite: { type: 'text', description: 'Comité' },
    seance: { type: 'text', description: 'Séance qui l’a décidée' },
    projet: { type: 'text', description: 'Projet' },
    intitule: { type: 'text', description: 'Intitulé, à la lettre' },
    acteurs: { type: 'text[]', description: 'Acteurs' },
    point: { type: 'text', description: 'Point de l’ordre du jour' },
    origine: { type: 'text', description: 'Décision dont elle découle' },
    statut: { type: 'text', description: 'Statut : ouverte, faite, abandonnee' },
    avancement: { type: 'text', description: 'Dernier avancement, à la lettre' },
    codes: { type: 'text[]', description: 'Codes canoniques des derniers avancements' },
    avancements: { type: 'json', description: 'Dernier avancement de chaque acteur ; acteur null : de tous' },
    echeance: { type: 'json', description: 'Échéance, dans les mots du comité et en bornes' },
    echeanceInitiale: { type: 'json', description: 'Première échéance' },
    echeanceAuPlusTot: { type: 'date', description: 'Premier jour possible de l’échéance' },
    echeanceAuPlusTard: { type: 'date', description: 'Dernier jour possible de l’échéance' },
    glissement: {
      type: 'json',
      description: 'Glissement cumulé depuis la première échéance, en jours [min, max]',
    },
    motifAbandon: { type: 'text', description: 'Motif de l’abandon' },
    source: { type: 'json', description: 'Où la décision a été lue' },
  },
  computed: {
    retard: {
      type: 'text',
      description: 'oui, non ou indetermine, au jour de référence',
      sql: ({ alias, referenceDay }) =>
        `CASE WHEN ${alias}.statut <> 'ouverte' OR ${alias}.echeance IS NULL THEN 'non'
              WHEN ${alias}."echeanceAuPlusTard" < ${referenceDay.first} THEN 'oui'
              WHEN ${alias}."echeanceAuPlusTot" >= ${referenceDay.last} THEN 'non'
              ELSE 'indetermine' END`,
    },
  },
  filters: {
    acteur: {
      description: 'Un des acteurs',
      sql: ({ alias }, value) => `${value} = ANY (${alias}.acteurs)`,
    },
    statut: {
      description: 'ouverte, faite ou abandonnee',
      values: ['ouverte', 'faite', 'abandonnee'],
      sql: ({ alias }, value) => `${alias}.statut = ${value}`,
    },
    code: {
      description: 'Code canonique d’un avancement',
      values: CODES,
      sql: ({ alias }, value) => `${value} = ANY (${alias}.codes)`,
    },
    projet: { description: 'Projet', sql: ({ alias }, value) => `${alias}.projet = ${value}` },
    seance: {
      description: 'Séance qui l’a décidée',
      sql: ({ alias }, value) => `${alias}.seance = ${value}`,
    },
    retard: {
      description: 'oui, non ou indetermine',
      values: ['oui', 'non', 'indetermine'],
      sql: (context, value) => `(${view.computed!.retard!.sql(context)}) = ${value}`,
    },
  },
  initial: undefined,
  evolve(connue, event) {
    const action = actionDecider.evolve(connue?.action, event);
    if (!action || action === connue?.action) return connue;
    const source =
      event.type === 'ActionDecidee' ? (event.metadata.source ?? null) : (connue?.source ?? null);
    return { action, source };
  },
  rows(connue, reference) {
    if (!connue) return [];
    const { action, source } = connue;
    return [
      [
        reference,
        {
          ...action,
          comite: comiteDe(reference),
          avancement: enMots(action.avancements),
          codes: action.avancements.map(({ code }) => code),
          echeanceAuPlusTot: action.echeance?.auPlusTot ?? null,
          echeanceAuPlusTard: action.echeance?.auPlusTard ?? null,
          source,
        },
      ],
    ];
  },
  scope: comiteDe,
};

const enMots = (avancements: Action['avancements']): string | null =>
  avancements.map(({ acteur, texte }) => (acteur ? `${acteur} : ${texte}` : texte)).join(' ; ') || null;

const RETARD: Record<string, string> = { oui: 'oui', non: 'non', indetermine: '?' };

function glissementEnClair({ glissement }: ActionRow): string {
  if (!glissement) return '';
  const { min, max } = glissement;
  const jours = min === max ? `${min ?? '?'}` : `${min ?? '?'} à ${max ?? '?'}`;
  return ` (glissement ${jours} j)`;
}

const screen: Screen<ActionRow> = {
  title: 'Suivi des actions',
  columns: [
    { heading: 'Action', text: ({ reference }) => String(reference) },
    { heading: 'Projet', text: ({ projet }) => String(projet ?? '') },
    { heading: 'Action / décision', grow: 4, text: ({ intitule }) => String(intitule) },
    { heading: 'Acteurs', text: ({ acteurs }) => acteurs.join('\n') },
    { heading: 'Avancement', grow: 2, text: ({ avancement }) => String(avancement ?? '—') },
    { heading: 'Code', text: ({ codes }) => codes.join('\n') },
    { heading: 'Statut', text: ({ statut }) => String(statut) },
    {
      heading: 'Échéance',
      grow: 1,
      text: (row) => `${jourEnClair(row.echeance)}${glissementEnClair(row)}`,
    },
    { heading: 'Retard', text: ({ retard }) => RETARD[String(retard)] ?? '' },
  ],
};

export const actions: Published = { view, screen };
