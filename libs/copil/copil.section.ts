import { z } from 'zod';
import {
  dateDite,
  dateFloueDe,
  numeroDeSeance,
  references,
  sourceCitee,
  sourceDe,
  texte,
} from '../faits/index.js';
import type { CitedSource, FileContext, FileSection } from '../room/index.js';
import { comiteKind, personneKind, seanceKind } from './kinds.js';
import { ISSUES, numeroDePoint, PRESENCES } from './seance.events.js';

const source = sourceCitee.optional();
const localPersonne = z
  .string()
  .regex(/^p\d+$/, 'un identifiant local comme p01')
  .describe('Identifiant local de la personne ; son nom ne figure que là où elle est enregistrée');
const localMandat = z.string().regex(/^M[1-9]\d*$/, 'un numéro de mandat comme M1');
const presence = z.enum(PRESENCES);
const courriels = z.array(z.strictObject({ adresse: texte, usage: texte.optional() })).optional();

const point = z
  .strictObject({
    point: numeroDePoint,
    titre: texte,
    reporteDe: references.point.optional().describe('Le point reporté qu’il reprend'),
    issue: z
      .strictObject({
        issue: z.enum(ISSUES),
        texte: texte.optional(),
        motif: texte.optional().describe('Obligatoire pour reporte et sans-decision'),
        source,
      })
      .nullable()
      .optional()
      .describe('Absente tant que la séance n’a pas eu lieu'),
    source,
    get points() {
      return z.array(point).optional().describe('Sous-points');
    },
  })
  .meta({ id: 'Point' });
type PointDuFichier = z.infer<typeof point>;

const fields = {
  comiteInstitue: z
    .strictObject({
      nom: texte,
      intitule: texte.optional(),
      depuis: dateDite.optional().describe('Absente : depuis cette séance ; aucun mandat ne commence avant'),
      source,
    })
    .optional()
    .describe('Le comité lui-même, la première fois'),
  seance: z.strictObject({ jour: dateDite, source }).describe('Le jour de la séance, aussi flou qu’il soit'),
  membres: z
    .array(
      z.strictObject({
        mandat: localMandat,
        personne: localPersonne,
        nom: texte.optional().describe('La première fois que la personne paraît'),
        courriels,
        institution: texte,
        fonction: texte.nullable().default(null).describe('null : non communiquée'),
        du: dateDite.optional(),
        remplace: localPersonne.optional(),
        presence: presence.optional(),
        source,
      }),
    )
    .default([])
    .describe('Les mandats confiés à cette séance'),
  finsDeMandat: z
    .array(z.strictObject({ mandat: localMandat, le: dateDite.optional(), motif: texte, source }))
    .default([])
    .describe('Les mandats qui prennent fin sans être repris'),
  personnes: z
    .array(z.strictObject({ personne: localPersonne, nom: texte.nullable(), courriels, source }))
    .default([])
    .describe('Les personnes qui ne sont ni membres ni invités'),
  presences: z
    .array(z.strictObject({ personne: localPersonne, presence: presence.nullable() }))
    .default([])
    .describe('La présence des membres déjà connus ; null : inconnue'),
  invites: z
    .array(
      z.strictObject({
        personne: localPersonne,
        nom: texte.optional(),
        fonction: texte.nullable().default(null),
        presence: presence.default('inconnue'),
        source,
      }),
    )
    .default([]),
  ordreDuJour: z.array(point).default([]).describe('Les points, dans l’ordre'),
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
    .default([])
    .describe('Ce que les sources disent de contraire ou d’ambigu'),
  prochaine: z
    .strictObject({ numero: numeroDeSeance, jour: dateDite, source })
    .optional()
    .describe('La séance suivante, si elle est annoncée'),
  cloture: z
    .strictObject({ remarque: texte.optional(), source })
    .nullable()
    .optional()
    .describe('Présente : la séance est close, et plus rien ne s’y ajoute'),
};

type Fichier = z.infer<z.ZodObject<typeof fields>> & { preuve?: { fichier: string; sha256: string } };

const cite = (one: z.infer<typeof sourceCitee> | undefined) => (one ? { source: one as CitedSource } : {});

export const copilSection: FileSection = {
  fields,
  compile(input, context) {
    const file = input as Fichier;
    instituer(file, context);
    const seance = {
      kind: seanceKind,
      reference: context.seance,
      moment: 'ouverture' as const,
      ...cite(file.seance.source),
    };
    const jour = dateFloueDe(file.seance.jour);
    const numero = Number(context.seance.split('/')[1]);
    context.plan({
      ...seance,
      path: 'seance',
      act: 'planifier',
      precedes: true,
      command: { type: 'PlanifierSeance', data: { comite: context.comite, numero, jour } },
    });
    file.ordreDuJour.forEach((one, index) => inscrire(one, `ordreDuJour[${index}]`, context));
    if (file.ouverture) {
      const data = assistance(file, context.comite);
      context.plan({
        ...seance,
        ...cite(file.ouverture.source),
        path: 'ouverture',
        act: 'ouvrir',
        command: { type: 'OuvrirSeance', data },
      });
    }
    contradictions(file, context);
    if (file.prochaine)
      context.plan({
        kind: seanceKind,
        reference: `${context.comite}/${file.prochaine.numero}`,
        moment: 'issues',
        path: 'prochaine',
        act: 'annoncer',
        ...cite(file.prochaine.source),
        command: {
          type: 'PlanifierSeance',
          data: {
            comite: context.comite,
            numero: file.prochaine.numero,
            jour: dateFloueDe(file.prochaine.jour),
          },
        },
      });
    if (file.cloture) {
      const { remarque, source: citee } = file.cloture;
      context.plan({
        ...seance,
        ...cite(citee),
        moment: 'cloture',
        path: 'cloture',
        act: 'clore',
        command: { type: 'CloreSeance', data: remarque ? { remarque } : {} },
      });
    }
  },
};

function instituer(file: Fichier, context: FileContext): void {
  const { comite, plan } = context;
  if (file.comiteInstitue) {
    const { source: citee, depuis, ...data } = file.comiteInstitue;
    plan({
      kind: comiteKind,
      reference: comite,
      moment: 'comite',
      path: 'comiteInstitue',
      act: 'instituer',
      effectiveOn: dateFloueDe(depuis)?.auPlusTard,
      ...cite(citee),
      command: { type: 'InstituerComite', data },
    });
  }
  const nommees = [
    ...file.membres.map((one, index) => ({ ...one, path: `membres[${index}]` })),
    ...file.invites.map((one, index) => ({ ...one, courriels: undefined, path: `invites[${index}]` })),
    ...file.personnes.map((one, index) => ({ ...one, path: `personnes[${index}]` })),
  ];
  for (const { personne, nom, courriels: adresses, path, source: citee } of nommees)
    if (nom !== undefined)
      plan({
        kind: personneKind,
        reference: `${comite}/${personne}`,
        moment: 'comite',
        path,
        act: 'enregistrer',
        ...cite(citee),
        command: {
          type: 'EnregistrerPersonne',
          data: { nom, ...(adresses && { courriels: adresses }) },
        },
      });
  file.membres.forEach((membre, index) => {
    const du = dateFloueDe(membre.du);
    const data = {
      mandat: `${comite}/${membre.mandat}`,
      personne: `${comite}/${membre.personne}`,
      institution: membre.institution,
      fonction: membre.fonction,
      ...(du && { du }),
      ...(membre.remplace && { remplace: `${comite}/${membre.remplace}` }),
    };
    plan({
      kind: comiteKind,
      reference: comite,
      moment: 'comite',
      path: `membres[${index}]`,
      act: `confier:${membre.mandat}`,
      ...cite(membre.source),
      command: { type: 'ConfierMandat', data },
    });
  });
  file.finsDeMandat.forEach(({ mandat, le, motif, source: citee }, index) => {
    const fin = dateFloueDe(le);
    plan({
      kind: comiteKind,
      reference: comite,
      moment: 'comite',
      path: `finsDeMandat[${index}]`,
      act: `terminer:${mandat}`,
      ...cite(citee),
      command: {
        type: 'TerminerMandat',
        data: { mandat: `${comite}/${mandat}`, motif, ...(fin && { le: fin }) },
      },
    });
  });
}

/** Who was called, and whether they came, as far as it is known. */
function assistance(file: Fichier, comite: string) {
  const membres = [...file.membres, ...file.presences].map(({ personne, presence: la }) => ({
    personne: `${comite}/${personne}`,
    presence: la ?? 'inconnue',
  }));
  const invites = file.invites.map(({ personne, fonction, presence: la }) => ({
    personne: `${comite}/${personne}`,
    fonction,
    presence: la,
  }));
  return { presences: membres, invites };
}

function inscrire(one: PointDuFichier, path: string, context: FileContext): void {
  const { point: numero, titre, reporteDe, issue, points = [] } = one;
  const seance = { kind: seanceKind, reference: context.seance, path };
  context.plan({
    ...seance,
    moment: 'ouverture',
    act: `inscrire:${numero}`,
    precedes: true,
    ...cite(one.source),
    command: { type: 'InscrirePoint', data: { point: numero, titre, ...(reporteDe && { reporteDe }) } },
  });
  if (issue) {
    const { source: citee, ...rendue } = issue;
    context.plan({
      ...seance,
      path: `${path}.issue`,
      moment: 'issues',
      act: `issue:${numero}`,
      ...cite(citee ?? one.source),
      command: { type: 'DonnerIssue', data: { point: numero, ...rendue } },
    });
  }
  points.forEach((sousPoint, index) => inscrire(sousPoint, `${path}.points[${index}]`, context));
}

function contradictions(file: Fichier, context: FileContext): void {
  file.contradictions.forEach(({ source: citee, ...one }, index) => {
    const lectures = one.lectures.map(({ texte: mots, source: lue }) => ({
      texte: mots,
      ...(lue && file.preuve && { source: sourceDe(lue, file.preuve) }),
    }));
    context.plan({
      kind: seanceKind,
      reference: context.seance,
      moment: 'issues',
      path: `contradictions[${index}]`,
      act: `contradiction:${one.contradiction}`,
      ...cite(citee ?? one.lectures[0]!.source),
      alsoCited: one.lectures.flatMap(({ source: lue }) => (lue ? [lue] : [])),
      command: { type: 'ReleverContradiction', data: { ...one, lectures } },
    });
  });
}
