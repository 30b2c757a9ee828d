import { z } from 'zod';
import type { FileContext } from '../room/index.js';
import { dateFloue, numeroDeSeance, sourceCitee, spoken, texte } from '../words/index.js';
import { mandat, personne, point } from './names.js';
import { facts as comiteFacts } from './comite.events.js';
import { facts } from './personne.events.js';
import { ISSUES, numeroDePoint, PRESENCES } from './seance.events.js';

const source = sourceCitee.optional();
const { QuorumFixe } = comiteFacts;
const { courriels } = facts.PersonneEnregistree.shape;

/** The parts of a séance's file from which several things are read: who was there, and the agenda. */
export const fields = (seance: string) => {
  const here = <S extends z.ZodType>(held: S) => spoken(held, { seance });
  const presence = here(z.enum(PRESENCES));
  const quelquUn = here(personne.schema);
  const suppleant = quelquUn.optional().describe('Qui est venu à sa place, pour cette séance');
  const pointDuJour = z
    .strictObject({
      point: numeroDePoint,
      titre: texte,
      reporteDe: point.schema.optional().describe('Le point reporté qu’il reprend'),
      issue: z
        .strictObject({
          issue: here(z.enum(ISSUES)),
          texte: texte.optional(),
          motif: texte.optional().describe('Obligatoire pour reporte et sans-decision'),
          source,
        })
        .nullable()
        .optional()
        .describe('Absente tant que la séance n’a pas eu lieu'),
      source,
      get points() {
        return z.array(pointDuJour).optional().describe('Sous-points');
      },
    })
    .meta({ id: 'Point' });
  return {
    comiteInstitue: z
      .strictObject({
        nom: texte,
        intitule: texte.optional(),
        depuis: here(dateFloue)
          .optional()
          .describe('Absente : depuis cette séance ; aucun mandat ne commence avant'),
        source,
      })
      .optional()
      .describe('Le comité lui-même, la première fois'),
    seance: z
      .strictObject({ jour: here(dateFloue), source })
      .optional()
      .describe(
        'Le jour de la séance, aussi flou qu’il soit ; absent d’un rectificatif : celui qui est connu',
      ),
    membres: z
      .array(
        z.strictObject({
          mandat: mandat.local(seance),
          personne: quelquUn,
          nom: texte.optional().describe('La première fois que la personne paraît'),
          courriels,
          institution: texte,
          fonction: texte.nullable().default(null).describe('null : non communiquée'),
          du: here(dateFloue).optional(),
          remplace: quelquUn.optional().describe('La personne dont le siège est repris'),
          presence: presence.optional(),
          suppleant,
          source,
        }),
      )
      .prefault([])
      .describe('Les mandats confiés à cette séance'),
    quorum: z
      .strictObject({ ...(here(QuorumFixe) as typeof QuorumFixe).shape, source })
      .optional()
      .describe('Le quorum, quand il est fixé ou change'),
    presences: z
      .array(
        z.strictObject({
          personne: quelquUn,
          nom: texte.nullable().optional().describe('Rappel, sans effet'),
          presence: presence.nullable(),
          suppleant,
        }),
      )
      .prefault([])
      .describe('La présence des membres déjà connus ; null : inconnue'),
    invites: z
      .array(
        z.strictObject({
          personne: quelquUn,
          nom: texte.optional(),
          fonction: texte.nullable().default(null),
          presence: presence.default('inconnue'),
          source,
        }),
      )
      .prefault([]),
    ordreDuJour: z.array(pointDuJour).prefault([]).describe('Les points, dans l’ordre'),
    ouverture: z.strictObject({ source }).nullable().optional().describe('La séance s’est tenue'),
    contradictions: z
      .array(
        z.strictObject({
          contradiction: z.string().regex(/^C[1-9]\d*$/, 'un numéro comme C1'),
          objet: texte,
          concerne: texte.max(120).optional(),
          lectures: z.array(z.strictObject({ texte, source })).min(1),
          retenu: texte.nullable().default(null),
          source,
        }),
      )
      .prefault([])
      .describe('Ce que les sources disent de contraire ou d’ambigu'),
    prochaine: z
      .strictObject({ numero: numeroDeSeance, jour: here(dateFloue), source })
      .optional()
      .describe('La séance suivante, si elle est annoncée'),
    cloture: z
      .strictObject({ remarque: texte.optional(), source })
      .nullable()
      .optional()
      .describe('Présente : la séance est close, et plus rien ne s’y ajoute'),
  };
};

type Fichier = { [K in keyof ReturnType<typeof fields>]: z.output<ReturnType<typeof fields>[K]> } & {
  readonly preuve?: { readonly fichier: string; readonly sha256: string };
  readonly rectificatif?: { readonly motif: string };
};

export const fichier = (file: FileContext['file']): Fichier => file as unknown as Fichier;

/** Who is named in a file: institutions, and people by their names. */
export function nommesDans(file: FileContext['file']): { acteurs: string[]; personnes: string[] } {
  const {
    membres,
    invites,
    personnes = [],
  } = fichier(file) as Fichier & {
    readonly personnes?: readonly { readonly nom?: string | null }[];
  };
  return {
    acteurs: membres.map(({ institution }) => institution),
    personnes: [...membres, ...invites, ...personnes].flatMap(({ nom }) => nom ?? []),
  };
}

interface Place {
  readonly path: string;
  readonly point: Fichier['ordreDuJour'][number];
}

/** The items of an agenda and theirs, each with its place in the file. */
export const placesDe = (
  points: readonly Fichier['ordreDuJour'][number][],
  path = 'ordreDuJour',
): readonly Place[] =>
  points.flatMap((one, index) => [
    { path: `${path}[${index}]`, point: one },
    ...placesDe(one.points ?? [], `${path}[${index}].points`),
  ]);
