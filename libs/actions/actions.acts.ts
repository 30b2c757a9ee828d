import { z } from 'zod';
import { type DateDite, dateDite, dateFloueDe, references, texte } from '../faits/index.js';
import { type Act, type ActContext, instructionOf } from '../room/index.js';
import type { ActionCommand } from './actions.decider.js';
import { CODES } from './actions.events.js';
import { codeDe } from './avancement.js';
import { actionKind } from './kinds.js';

const act = <Body>(definition: Act<Body>): Act<Body> => definition;

const seance = references.seance.optional().describe('La séance où cela est dit ; absente : aujourd’hui');

const onAction = async (
  reference: string,
  command: ActionCommand,
  context: ActContext,
  said: { seance?: string | undefined; depuis?: DateDite | undefined },
) => [
  await instructionOf(
    {
      kind: actionKind,
      reference,
      command,
      seance: said.seance,
      effectiveOn: dateFloueDe(said.depuis)?.auPlusTard,
    },
    context,
  ),
];

export const actionsActs = [
  act({
    on: 'actions',
    summary: 'Décider une action à une séance',
    numberTaken: 'action-deja-decidee',
    body: z.strictObject({
      seance: references.seance,
      projet: texte.optional(),
      intitule: texte,
      acteurs: z.array(texte).min(1),
      point: references.point.optional(),
      origine: references.decision.optional(),
      echeance: dateDite.optional(),
      depuis: dateDite.optional().describe('Absente : depuis la séance'),
    }),
    instruct: async ({ echeance, depuis, ...data }, _reference, context) => {
      const reference = await context.allocate(actionKind, `${data.seance}/A`);
      const dite = dateFloueDe(echeance);
      const command: ActionCommand = {
        type: 'DeciderAction',
        data: { ...data, ...(dite && { echeance: dite }) },
      };
      return onAction(reference, command, context, { ...data, depuis });
    },
  }),
  act({
    on: 'actions',
    path: 'avancement',
    summary: 'Constater l’avancement d’une action',
    body: z.strictObject({
      seance,
      acteur: texte.nullable().default(null),
      texte,
      code: z.enum(CODES).optional().describe('Absent : lu dans les mots'),
      le: dateDite.optional(),
    }),
    instruct: ({ le, code, ...data }, reference, context) => {
      const jour = dateFloueDe(le);
      const avancement = { ...data, code: code ?? codeDe(data.texte), ...(jour && { le: jour }) };
      return onAction(reference, { type: 'ConstaterAvancement', data: avancement }, context, data);
    },
  }),
  act({
    on: 'actions',
    path: 'echeance',
    summary: 'Fixer ou revoir l’échéance d’une action',
    body: z.strictObject({ seance, echeance: dateDite, motif: texte.optional() }),
    instruct: ({ echeance, ...data }, reference, context) =>
      onAction(
        reference,
        { type: 'ReviserEcheance', data: { ...data, echeance: dateFloueDe(echeance) } },
        context,
        data,
      ),
  }),
  act({
    on: 'actions',
    path: 'abandon',
    summary: 'Abandonner une action',
    body: z.strictObject({ seance, motif: texte }),
    instruct: (data, reference, context) =>
      onAction(reference, { type: 'AbandonnerAction', data }, context, data),
  }),
];
