import { z } from 'zod';
import { dateDite, dateFloueDe, referenceDans, references, sourceCitee, texte } from '../faits/index.js';
import type { FileContext, FileSection, Planned } from '../room/index.js';
import type { ActionCommand } from './actions.decider.js';
import { CODES } from './actions.events.js';
import { codeDe } from './avancement.js';
import { actionKind } from './kinds.js';

const source = sourceCitee.optional();
const localAction = z.string().regex(/^A[1-9]\d*$/, 'un numéro d’action comme A1');
const action = z
  .union([references.action, localAction], { error: 'une action comme A1 ou apogee-rof/1/A3' })
  .describe('A1 : une action de ce fichier ; apogee-rof/1/A3 : une action déjà décidée');
const localPoint = z.string().regex(/^P[1-9]\d*(\.[1-9]\d*)*$/, 'un point comme P4.2');

const fields = {
  actions: z
    .array(
      z.strictObject({
        action: localAction,
        projet: texte.optional(),
        intitule: texte,
        acteurs: z.array(texte).min(1, 'au moins un acteur'),
        point: localPoint.optional(),
        origine: z
          .union([references.decision, z.string().regex(/^D[1-9]\d*$/)], { error: 'une décision comme D1' })
          .optional()
          .describe('La décision dont elle découle'),
        echeance: dateDite.optional(),
        depuis: dateDite
          .optional()
          .describe('Absente : depuis cette séance ; rien ne s’en dit qui soit plus ancien'),
        source,
      }),
    )
    .default([])
    .describe('Les actions décidées à cette séance'),
  avancements: z
    .array(
      z.strictObject({
        action,
        acteur: texte.nullable().default(null).describe('null : un avancement pour tous les acteurs'),
        intitule: texte.optional().describe('Rappel, sans effet'),
        dernier: texte.nullable().optional().describe('Rappel de l’avancement connu, sans effet'),
        texte: texte.nullable().describe('À la lettre ; null : rien de dit à cette séance'),
        code: z
          .enum(CODES)
          .optional()
          .describe('Absent : lu dans les mots, « autre » s’ils ne sont pas connus'),
        le: dateDite.optional().describe('Le jour du fait, s’il est dit'),
        source,
      }),
    )
    .default([])
    .describe('L’avancement des actions, tel que rapporté'),
  echeances: z
    .array(z.strictObject({ action, echeance: dateDite, motif: texte.optional(), source }))
    .default([])
    .describe('Les échéances fixées ou revues'),
  abandons: z
    .array(z.strictObject({ action, motif: texte, source }))
    .default([])
    .describe('Les actions abandonnées'),
};

type Fichier = z.infer<z.ZodObject<typeof fields>>;

export const actionsSection: FileSection = {
  fields,
  compile(input, context) {
    const file = input as Fichier;
    const plan = planner(context);
    file.actions.forEach(
      ({ action: local, point, origine, echeance, depuis, source: citee, ...rest }, index) => {
        const dite = dateFloueDe(echeance);
        const data = {
          ...rest,
          seance: context.seance,
          ...(point && { point: `${context.seance}/${point}` }),
          ...(origine && { origine: referenceDans(context.seance, origine) }),
          ...(dite && { echeance: dite }),
        };
        const ouverte = { effectiveOn: dateFloueDe(depuis)?.auPlusTard ?? null };
        plan(local, `actions[${index}]`, 'decider', { type: 'DeciderAction', data }, citee, ouverte);
      },
    );
    file.avancements.forEach(({ action: cible, acteur, texte: mots, code, le, source: citee }, index) => {
      if (mots === null) return;
      const jour = dateFloueDe(le);
      const data = {
        seance: context.seance,
        acteur,
        texte: mots,
        code: code ?? codeDe(mots),
        ...(jour && { le: jour }),
      };
      plan(
        cible,
        `avancements[${index}]`,
        `avancement:${acteur ?? ''}`,
        { type: 'ConstaterAvancement', data },
        citee,
      );
    });
    file.echeances.forEach(({ action: cible, echeance, motif, source: citee }, index) => {
      const data = { seance: context.seance, echeance: dateFloueDe(echeance), ...(motif && { motif }) };
      plan(cible, `echeances[${index}]`, 'echeance', { type: 'ReviserEcheance', data }, citee);
    });
    file.abandons.forEach(({ action: cible, motif, source: citee }, index) => {
      const data = { seance: context.seance, motif };
      plan(cible, `abandons[${index}]`, 'abandon', { type: 'AbandonnerAction', data }, citee);
    });
  },
};

const planner =
  (context: FileContext) =>
  (
    cible: string,
    path: string,
    act: string,
    command: ActionCommand,
    citee: z.infer<typeof sourceCitee> | undefined,
    more: Pick<Planned, 'effectiveOn'> = {},
  ): void =>
    context.plan({
      kind: actionKind,
      reference: referenceDans(context.seance, cible),
      moment: 'actions',
      path,
      act,
      command,
      ...(citee && { source: citee }),
      ...more,
    });
