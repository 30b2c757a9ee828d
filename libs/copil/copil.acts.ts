import { z } from 'zod';
import { dateDite, dateFloueDe, numeroDeSeance, references, texte } from '../faits/index.js';
import { type Act, type ActContext, instructionOf } from '../room/index.js';
import type { SeanceCommand } from './seance.decider.js';
import { comiteKind, personneKind, seanceKind } from './kinds.js';
import { PRESENCES, seanceFacts } from './seance.events.js';
import { comiteInstitue } from './comite.events.js';
import { personneEnregistree } from './personne.events.js';

const act = <Body>(definition: Act<Body>): Act<Body> => definition;

/** An act on a séance: what is said there is stated on its day. */
const onSeance = async (reference: string, command: SeanceCommand, context: ActContext) => [
  await instructionOf({ kind: seanceKind, reference, command, seance: reference }, context),
];

/** An act that precedes the séance: what is announced of it, and its agenda. */
const beforeSeance = async (reference: string, command: SeanceCommand, context: ActContext) => [
  await instructionOf({ kind: seanceKind, reference, command, before: reference }, context),
];

const presence = z.enum(PRESENCES).default('inconnue');

export const copilActs = [
  act({
    on: 'comites',
    summary: 'Instituer un comité',
    body: z.strictObject({
      comite: references.comite,
      ...comiteInstitue.shape,
      depuis: dateDite.optional().describe('Absente : aujourd’hui'),
    }),
    instruct: async ({ comite, depuis, ...data }, _reference, context) => [
      await instructionOf(
        {
          kind: comiteKind,
          reference: comite,
          command: { type: 'InstituerComite', data },
          statedBy: dateFloueDe(depuis)?.auPlusTard,
        },
        context,
      ),
    ],
  }),
  act({
    on: 'personnes',
    summary: 'Enregistrer une personne',
    body: z.strictObject({ personne: references.personne, ...personneEnregistree.shape }),
    instruct: async ({ personne, ...data }, _reference, context) => [
      await instructionOf(
        { kind: personneKind, reference: personne, command: { type: 'EnregistrerPersonne', data } },
        context,
      ),
    ],
  }),
  act({
    on: 'membres',
    summary: 'Confier un mandat à une personne enregistrée',
    body: z.strictObject({
      mandat: references.mandat,
      personne: references.personne,
      institution: texte,
      fonction: texte.nullable().default(null),
      du: dateDite.optional(),
      remplace: references.personne.optional(),
    }),
    instruct: async ({ du, ...rest }, _reference, context) => {
      const debut = dateFloueDe(du);
      const data = { ...rest, ...(debut && { du: debut }) };
      const reference = rest.mandat.split('/')[0]!;
      const command = { type: 'ConfierMandat', data };
      return [await instructionOf({ kind: comiteKind, reference, command }, context)];
    },
  }),
  act({
    on: 'membres',
    path: 'fin',
    summary: 'Mettre fin à un mandat',
    body: z.strictObject({ le: dateDite.optional(), motif: texte }),
    instruct: async ({ le, motif }, mandat, context) => {
      const fin = dateFloueDe(le);
      const command = { type: 'TerminerMandat', data: { mandat, motif, ...(fin && { le: fin }) } };
      const reference = mandat.split('/')[0]!;
      return [await instructionOf({ kind: comiteKind, reference, command }, context)];
    },
  }),
  act({
    on: 'seances',
    summary: 'Planifier une séance',
    body: z.strictObject({ comite: references.comite, numero: numeroDeSeance, jour: dateDite }),
    instruct: async ({ comite, numero, jour }, _reference, context) => [
      await instructionOf(
        {
          kind: seanceKind,
          reference: `${comite}/${numero}`,
          command: { type: 'PlanifierSeance', data: { comite, numero, jour: dateFloueDe(jour) } },
          statedBy: dateFloueDe(jour).auPlusTard,
        },
        context,
      ),
    ],
  }),
  act({
    on: 'seances',
    path: 'jour',
    summary: 'Dater une séance',
    body: z.strictObject({ jour: dateDite }),
    instruct: ({ jour }, reference, context) =>
      beforeSeance(reference, { type: 'DaterSeance', data: { jour: dateFloueDe(jour) } }, context),
  }),
  act({
    on: 'seances',
    path: 'points',
    summary: 'Inscrire un point à l’ordre du jour',
    body: seanceFacts.PointInscrit.schema,
    instruct: (data, reference, context) => beforeSeance(reference, { type: 'InscrirePoint', data }, context),
  }),
  act({
    on: 'seances',
    path: 'ouverture',
    summary: 'Ouvrir la séance',
    body: z.strictObject({
      presences: z.array(z.strictObject({ personne: references.personne, presence })).default([]),
      invites: z
        .array(
          z.strictObject({
            personne: references.personne,
            fonction: texte.nullable().default(null),
            presence,
          }),
        )
        .default([]),
    }),
    instruct: (data, reference, context) => onSeance(reference, { type: 'OuvrirSeance', data }, context),
  }),
  act({
    on: 'seances',
    path: 'issues',
    summary: 'Donner l’issue d’un point',
    body: seanceFacts.IssueDonnee.schema,
    instruct: (data, reference, context) => onSeance(reference, { type: 'DonnerIssue', data }, context),
  }),
  act({
    on: 'seances',
    path: 'contradictions',
    summary: 'Relever une contradiction',
    body: seanceFacts.ContradictionRelevee.schema,
    instruct: (data, reference, context) =>
      onSeance(reference, { type: 'ReleverContradiction', data }, context),
  }),
  act({
    on: 'seances',
    path: 'cloture',
    summary: 'Clore la séance : sa position devient « COPIL N »',
    body: seanceFacts.SeanceCloturee.schema,
    instruct: (data, reference, context) => onSeance(reference, { type: 'CloreSeance', data }, context),
  }),
];
