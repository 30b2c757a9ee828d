import { z } from 'zod';
import { FAULTS } from '../event-sourcing/index.js';

/** What the API answers, as its document tells it. */

const position = z
  .string()
  .regex(/^-?\d+$/)
  .describe('Une position du journal');
const jour = z.iso.date();
const reference = z.string().describe('Une référence comme apogee-rof/1/A3');
const suite = z.string().nullable().describe('Ce qu’il faut donner comme cursor pour la suite ; null : rien');

const basis = z
  .object({
    position,
    seance: z.string().nullable(),
    rectificatifs: z
      .array(z.object({ le: jour, motif: z.string() }))
      .optional()
      .describe('Comment la séance a été rectifiée depuis, si elle l’a été : à côté de la réponse'),
  })
  .meta({ id: 'Moment' });
const enTete = { asOf: basis, effectiveAt: jour.nullable() };

const evenement = z
  .object({
    evenement: z.string().describe('référence@révision'),
    position,
    author: z.string(),
    statedOn: jour,
    sentence: z.string(),
  })
  .meta({ id: 'Evenement' });

const empreinte = z
  .object({ position, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .meta({ id: 'Empreinte' });
const empreinteOuPas = empreinte.nullable().describe('null : pas encore faite, à redemander');

const ligne = z
  .object({
    position,
    evenement: z.string().describe('référence@révision'),
    id: z.uuid(),
    stream: z.string(),
    type: z.string(),
    recordedAt: z.iso.datetime(),
    statedOn: z.string().describe('Un jour ; vide où rien n’est lisible'),
    effectiveOn: z.string().describe('Un jour ; vide où rien n’est lisible'),
    author: z.string(),
    sentence: z.string(),
    motif: z.string().nullable().describe('D’une correction, d’une annulation, d’un rectificatif'),
    change: z
      .array(z.object({ champ: z.string(), avant: z.unknown(), apres: z.unknown() }))
      .describe('Ce qu’une correction a changé'),
    retablit: z.string().nullable().describe('L’événement qui tient à nouveau, une annulation étant levée'),
    corrige: z.string().nullable().describe('L’événement qu’il remplace ou annule'),
    data: z.looseObject({}),
    source: z.looseObject({}).nullable(),
    ecarte: z
      .enum(FAULTS)
      .nullable()
      .describe('Ce qui ne va pas de ce qui n’est pas un événement de Minutier'),
  })
  .meta({ id: 'Ligne' });

const noeud = z
  .object({
    reference,
    role: z.string().nullable().describe('Comment la chose qui précède y est liée ; null : celle demandée'),
    lien: z.string().nullable().describe('Le même en mots, dans le sens où la chaîne est suivie'),
    faits: z.array(
      ligne.extend({ tient: z.boolean().describe('Ni corrigé ni annulé depuis') }).meta({ id: 'Fait' }),
    ),
    get liens() {
      return z.array(noeud);
    },
    dejaVu: z.boolean().describe('Montré plus haut dans la chaîne'),
    suite: z.boolean().describe('Il y en a d’autres derrière, qu’une question sur elle montrerait'),
  })
  .meta({ id: 'Noeud' });

export const enregistre = z
  .object({
    reference,
    revision: z.int().nullable(),
    position,
    evenements: z.array(z.object({ evenement: z.string(), id: z.uuid(), type: z.string() })),
    ecartes: z
      .array(z.object({ reference, code: z.string(), message: z.string() }))
      .optional()
      .describe('Ce qui en aurait découlé, et que ce qu’il aurait changé a refusé'),
    empreinte: empreinteOuPas.optional().describe('Du journal, où une séance a été close'),
  })
  .meta({ id: 'Enregistre' });

const total = z
  .object({
    somme: z.string().nullable().describe('Un nombre décimal ; null : rien ne s’additionne'),
    termes: z.int(),
    nonCommuniques: z.int().describe('Combien d’autres ne sont pas communiqués'),
  })
  .meta({ id: 'Total' });
/** @param totals what is told of the whole answer: name and description */
export const listOf = (row: z.ZodType, totals: Readonly<Record<string, { description: string }>> = {}) => {
  const all = Object.entries(totals).map(([name, { description }]) => [name, total.describe(description)]);
  const totaux = z.object(Object.fromEntries(all) as Record<string, typeof total>);
  return z.object({ ...enTete, items: z.array(row), next: suite, ...(all.length > 0 && { totaux }) });
};
export const itemOf = (row: z.ZodType) => z.object({ ...enTete, item: row });
export const diffOf = (row: z.ZodType) => {
  const de = { reference, item: row };
  const champ = z
    .object({ champ: z.string(), avant: z.unknown(), apres: z.unknown(), evenement: evenement.nullable() })
    .meta({ id: 'Champ' });
  const parEvenement = z.array(z.object({ ...de, evenement: evenement.nullable() }));
  return z.object({
    from: basis,
    to: basis,
    ajoutes: parEvenement,
    changes: z.array(z.object({ ...de, champs: z.array(champ) })),
    retires: parEvenement,
    next: suite,
  });
};

export const chaine = z.object({ ...enTete, racine: noeud, next: suite });
export const pageDuJournal = z.object({
  asOf: basis,
  items: z.array(ligne),
  next: suite,
  empreinte: empreinteOuPas,
});
export const rectifications = z.object({ from: basis, to: basis, items: z.array(ligne), next: suite });
export const empreinteDuJournal = z.object({ asOf: basis, empreinte: empreinteOuPas });
export const vivant = z.object({ status: z.literal('ok') });
export const pret = z.object({
  status: z.enum(['ok', 'degraded', 'error']),
  error: z.string().optional(),
  log: z
    .object({ position, damaged: z.array(z.looseObject({})), strays: z.array(z.looseObject({})) })
    .optional(),
  views: z
    .object({
      position,
      behind: position,
      parked: z.array(z.object({ view: z.string(), stream: z.string() })),
      stopped: z.string().optional(),
    })
    .optional(),
});

export const probleme = z
  .looseObject({
    type: z.string().describe('urn:minutier:probleme:<code>'),
    title: z.string(),
    status: z.int(),
    code: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .describe('Stable : celui d’une règle (409), ou d’une de ces causes'),
    detail: z.string().describe('Une phrase en français'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Chaque champ fautif (422)'),
  })
  .describe('RFC 9457')
  .meta({ id: 'Problem' });
