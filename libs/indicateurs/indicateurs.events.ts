import { z } from 'zod';
import { catalogueOf, type FactsOf } from '../event-sourcing/index.js';
import * as words from '../words/index.js';

const { joursDe, nameOf, nombre, nombreEnClair, PERIODE, periode, texte } = words;

export const indicateur = nameOf({
  word: 'indicateur',
  under: words.comite,
  after: 'indicateur',
  own: '[a-z0-9]+(?:-[a-z0-9]+)*',
  example: 'anomalies-bloquantes',
  one: 'un indicateur',
});
export const valeur = nameOf({
  word: 'valeur',
  under: indicateur,
  own: PERIODE,
  example: '2018-T1',
  one: 'une valeur',
});

const PERIODICITES = ['mensuelle', 'trimestrielle', 'semestrielle', 'annuelle'] as const;
const SENS = ['hausse', 'baisse'] as const;
const ici = { seance: words.seance.schema.optional() };
export const definition = {
  axe: texte.describe('Axe'),
  intitule: texte.describe('Intitulé, à la lettre'),
  perimetre: texte.optional().describe('Périmètre'),
  pointDeVue: texte.optional().describe('De qui il est vu'),
  unite: texte.optional().describe('Unité'),
  periodicite: z.enum(PERIODICITES).optional().describe('Périodicité'),
  formule: texte.optional().describe('Formule'),
  sens: z.enum(SENS).optional().describe('Le sens dans lequel il est meilleur'),
  seuil: nombre.optional().describe('Seuil : au-delà, dans le mauvais sens, il est franchi'),
};

/** Their names are the storage format. */
export const facts = {
  IndicateurDefini: z.strictObject({ seance: words.seance.schema, ...definition }),
  DefinitionRevue: z.strictObject({
    ...ici,
    des: periode.describe('La première période à laquelle elle s’applique'),
    ...z.strictObject(definition).partial().shape,
  }),
  ValeurConstatee: z.strictObject({
    ...ici,
    periode: periode.describe('Période'),
    valeur: nombre.nullable().describe('Valeur ; null : non communiquée'),
    preuve: texte.optional().describe('D’où vient le chiffre'),
  }),
  ValeurRectifiee: z.strictObject({ ...ici, periode, valeur: nombre, motif: texte }),
  IndicateurRetire: z.strictObject({ ...ici, motif: texte.optional() }),
};
export type IndicateurEvent = FactsOf<typeof facts>;

const dit = (role: string) => (data: { seance?: string | undefined; periode?: string }, reference: string) =>
  data.seance
    ? [{ ...(data.periode && { from: `${reference}/${data.periode}` }), role, to: data.seance }]
    : [];

export const indicateurFacts = catalogueOf(facts, {
  IndicateurDefini: {
    identity: ['seance'],
    sentence: ({ axe, intitule }) => `Indicateur défini : ${words.citer(intitule)} (${axe}).`,
    links: dit('defini-a'),
  },
  DefinitionRevue: {
    identity: ['seance'],
    sentence: ({ des }) => `Définition revue à partir de ${des}.`,
    links: dit('revu-a'),
  },
  ValeurConstatee: {
    identity: ['seance', 'periode'],
    effectiveOn: (data) => joursDe(data.periode).au,
    sentence: (data) => `Valeur de ${data.periode} : ${nombreEnClair(data.valeur)}.`,
    links: dit('constate-a'),
  },
  ValeurRectifiee: {
    identity: ['seance', 'periode'],
    sentence: (data) =>
      `Valeur de ${data.periode} retraitée : ${nombreEnClair(data.valeur)} (${words.sansPoint(data.motif)}).`,
    links: dit('retraite-a'),
  },
  IndicateurRetire: {
    identity: ['seance'],
    sentence: ({ motif }) => `Indicateur retiré${motif ? ` : ${words.sansPoint(motif)}` : ''}.`,
    links: dit('retire-a'),
  },
});
