import { z } from 'zod';
import { sayingsOf } from '../room/index.js';
import { dateDans, texte } from '../words/index.js';
import type { ActionCommand } from './actions.decider.js';
import { CODES, facts } from './actions.events.js';
import { codeDe, doutesDe } from './avancement.js';
import { actionKind } from './kinds.js';
import { actions } from './views/actions.js';

const say = sayingsOf<ActionCommand>(actionKind);
const { ActionDecidee, AvancementConstate, EcheanceRevisee, ActionAbandonnee } = facts;

export const actionsSayings = [
  say({
    on: 'actions',
    summary: 'Décider une action à une séance',
    verb: 'decider-action',
    main: 'intitule',
    opens: 'numbered',
    taken: 'action-deja-decidee',
    at: 'seance',
    phase: 'actions',
    list: { name: 'actions', description: 'Les actions décidées à cette séance' },
    deed: 'decider',
    said: ActionDecidee.extend({
      acteursNouveaux: z
        .array(texte)
        .optional()
        .describe('Ceux dont le nom est proche de celui d’un acteur connu, et qui en sont d’autres'),
    }),
    since: 'depuis',
    read: ({ acteursNouveaux, acteurs, ...said }, connus) => ({
      ...said,
      acteurs: connus.acteursDits(acteurs, 'acteurs', acteursNouveaux),
    }),
    command: ({ acteursNouveaux: _, ...data }, { seance }) => ({
      type: 'DeciderAction',
      data: { ...data, seance },
    }),
  }),
  say({
    on: 'actions',
    path: 'avancement',
    summary: 'Constater l’avancement d’une action',
    verb: 'constater',
    main: 'texte',
    at: 'seance?',
    phase: 'actions',
    list: {
      name: 'avancements',
      description: 'L’avancement des actions, tel que rapporté',
      recalls: {
        intitule: texte.optional().describe('Rappel, sans effet'),
        dernier: texte.nullable().optional().describe('Rappel de l’avancement connu, sans effet'),
      },
      blanks: ['texte'],
      prefill: async ({ rows }) =>
        (await rows(actions.view, { statut: 'ouverte' })).map(({ reference, intitule, avancement }) => ({
          action: reference,
          intitule,
          dernier: avancement,
          acteur: null,
          texte: null,
        })),
    },
    deed: ({ acteur }) => `avancement:${acteur ?? ''}`,
    said: AvancementConstate.extend({
      acteur: AvancementConstate.shape.acteur.default(null),
      code: z
        .enum(CODES)
        .optional()
        .describe('Absent : lu dans les mots, « autre » s’ils ne sont pas connus'),
    }),
    read: ({ acteur, ...said }, connus) => ({
      ...said,
      acteur: acteur === null ? null : connus.acteur(acteur, 'acteur'),
    }),
    doubts: ({ texte: mots, code, le }) => [
      ...(code === undefined ? doutesDe(mots) : []),
      ...(le === undefined && dateDans(mots) !== undefined
        ? [`« ${mots} » dit une date : si c’est le jour du fait, le: ${dateDans(mots)} (avec son année)`]
        : []),
    ],
    command: ({ code, ...data }, { seance }) => ({
      type: 'ConstaterAvancement',
      data: { ...data, code: code ?? codeDe(data.texte), seance },
    }),
  }),
  say({
    on: 'actions',
    path: 'echeance',
    summary: 'Fixer ou revoir l’échéance d’une action',
    verb: 'reviser-echeance',
    main: 'echeance',
    at: 'seance?',
    phase: 'actions',
    list: { name: 'echeances', description: 'Les échéances fixées ou revues' },
    deed: 'echeance',
    said: EcheanceRevisee,
    command: 'ReviserEcheance',
  }),
  say({
    on: 'actions',
    path: 'abandon',
    summary: 'Abandonner une action',
    verb: 'abandonner',
    main: 'motif',
    at: 'seance?',
    phase: 'actions',
    list: { name: 'abandons', description: 'Les actions abandonnées' },
    deed: 'abandon',
    said: ActionAbandonnee,
    command: 'AbandonnerAction',
  }),
];
