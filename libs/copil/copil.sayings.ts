import { z } from 'zod';
import { digest } from '../event-sourcing/index.js';
import { type Again, sayingsOf } from '../room/index.js';
import { avecMots, type DateFloue, dateFloue, numeroDe, sourceDe, texte } from '../words/index.js';
import type { ComiteCommand } from './comite.decider.js';
import { facts as comiteFacts } from './comite.events.js';
import { fichier, placesDe } from './copil.file.js';
import { comiteKind, personneKind, seanceKind } from './kinds.js';
import { mandat, personne } from './names.js';
import type { PersonneCommand } from './personne.decider.js';
import { facts as personneFacts } from './personne.events.js';
import type { SeanceCommand } from './seance.decider.js';
import { facts as seanceFacts, isDating, PRESENCES } from './seance.events.js';

const { MandatConfie } = comiteFacts;
const ofComite = sayingsOf<ComiteCommand>(comiteKind);
const ofPersonne = sayingsOf<PersonneCommand>(personneKind);
const ofSeance = sayingsOf<SeanceCommand>(seanceKind);

const present = z.strictObject({
  personne: personne.schema,
  presence: z.enum(PRESENCES).default('inconnue'),
});
const membrePresent = present.extend({
  suppleant: seanceFacts.SeanceOuverte.shape.presences.element.shape.suppleant,
});

/** A séance that is planned and not closed is dated anew where its file has another day. */
const redatee =
  (jour: DateFloue): Again =>
  (standing, originOf, amends) => {
    const last = standing.findLast(isDating);
    if (!last) return undefined;
    const command: SeanceCommand = { type: 'DaterSeance', data: { jour } };
    const same = digest((last.data as { jour: DateFloue }).jour) === digest(jour);
    if (!same && (amends || !standing.some(({ type }) => type === 'SeanceCloturee')))
      // The revision that it takes the place of: the 1st, then the 8th, then the 1st again are three acts.
      return { command, deed: `dater:${last.revision}` };
    return last.type === 'SeanceDatee' ? { command, id: originOf(last).metadata.commandId } : undefined;
  };

/** A rectificatif says of an opening what it says of it: who it does not name came as they did. */
const rectifiee =
  (said: Opening): Again =>
  (standing, originOf, amends) => {
    const known = amends && standing.findLast(({ type }) => type === 'SeanceOuverte');
    if (!known) return undefined;
    const { presences, invites } = known.data as Opening;
    const data = { presences: merged(presences, said.presences), invites: merged(invites, said.invites) };
    return { command: { type: 'OuvrirSeance', data }, id: originOf(known).metadata.commandId };
  };

type Opening = Extract<SeanceCommand, { type: 'OuvrirSeance' }>['data'];

const merged = <P extends { readonly personne: string }>(known: readonly P[], said: readonly P[]): P[] => [
  ...known.map((one) => said.find(({ personne: autre }) => autre === one.personne) ?? one),
  ...said.filter((one) => !known.some(({ personne: autre }) => autre === one.personne)),
];

export const copilSayings = [
  ofComite({
    on: 'comites',
    summary: 'Instituer un comité',
    verb: 'instituer',
    main: 'nom',
    opens: 'named',
    at: 'today',
    phase: 'comite',
    gather: ({ file, comite: reference }) => {
      const { comiteInstitue: one } = fichier(file);
      if (!one) return [];
      const { source, ...said } = one;
      return [{ path: 'comiteInstitue', reference, said, source }];
    },
    deed: 'instituer',
    said: comiteFacts.ComiteInstitue.extend({
      depuis: dateFloue.optional().describe('Absente : aujourd’hui ; aucun mandat ne commence avant'),
    }),
    since: ({ depuis }) => depuis?.auPlusTard,
    by: ({ depuis }) => depuis?.auPlusTard,
    command: ({ depuis, ...data }) => ({ type: 'InstituerComite', data }),
  }),
  ofPersonne({
    on: 'personnes',
    summary: 'Enregistrer une personne',
    verb: 'enregistrer-personne',
    main: 'nom',
    opens: 'named',
    at: 'today',
    phase: 'comite',
    list: { name: 'personnes', description: 'Les personnes qui ne sont ni membres ni invités' },
    gather: ({ file }) => {
      const { membres, invites } = fichier(file);
      const nommees = [
        ...membres.map((one, index) => ({ ...one, path: `membres[${index}]` })),
        ...invites.map((one, index) => ({ ...one, courriels: undefined, path: `invites[${index}]` })),
      ];
      return nommees.flatMap(({ nom, courriels, personne: reference, path, source }) =>
        nom === undefined ? [] : [{ path, reference, said: { nom, courriels }, source }],
      );
    },
    deed: 'enregistrer',
    said: personneFacts.PersonneEnregistree,
    command: 'EnregistrerPersonne',
  }),
  ofComite({
    on: 'membres',
    summary: 'Confier un mandat à une personne enregistrée',
    verb: 'confier-mandat',
    name: mandat,
    opens: 'named',
    at: 'today',
    phase: 'comite',
    gather: ({ file }) =>
      fichier(file).membres.map(
        ({ mandat: reference, nom, courriels, presence, suppleant, source, ...said }, index) => ({
          path: `membres[${index}]`,
          reference,
          said,
          source,
        }),
      ),
    deed: (_, { reference }) => `confier:${mandat.ownOf(reference)}`,
    said: MandatConfie.omit({ mandat: true }).extend({ fonction: MandatConfie.shape.fonction.default(null) }),
    command: (data, { reference }) => ({ type: 'ConfierMandat', data: { ...data, mandat: reference } }),
  }),
  ofComite({
    on: 'membres',
    path: 'fin',
    summary: 'Mettre fin à un mandat',
    verb: 'terminer-mandat',
    name: mandat,
    at: 'today',
    phase: 'comite',
    list: { name: 'finsDeMandat', description: 'Les mandats qui prennent fin sans être repris' },
    deed: (_, { reference }) => `terminer:${mandat.ownOf(reference)}`,
    said: comiteFacts.MandatTermine.omit({ mandat: true }),
    command: (data, { reference }) => ({ type: 'TerminerMandat', data: { ...data, mandat: reference } }),
  }),
  ofComite({
    on: 'comites',
    path: 'quorum',
    summary: 'Fixer le quorum du comité',
    verb: 'fixer-quorum',
    at: 'today',
    phase: 'comite',
    gather: ({ file, comite: reference, seance }) => {
      const { quorum } = fichier(file);
      if (!quorum) return [];
      const { source, ...said } = quorum;
      return [{ path: 'quorum', reference, said, source, deed: `quorum:${seance}` }];
    },
    deed: 'quorum',
    said: comiteFacts.QuorumFixe,
    command: 'FixerQuorum',
  }),
  ofSeance({
    on: 'seances',
    summary: 'Planifier une séance',
    verb: 'planifier-seance',
    opens: 'named',
    reference: ({ comite: de, numero }) => `${de}/${numero}`,
    at: 'before',
    phase: 'ouverture',
    gather: ({ file, comite: de, seance }) => {
      const { seance: celleCi, prochaine } = fichier(file);
      return [
        ...(celleCi
          ? [
              {
                path: 'seance',
                reference: seance,
                said: { comite: de, numero: numeroDe(seance), jour: celleCi.jour },
                source: celleCi.source,
                again: redatee(celleCi.jour),
              },
            ]
          : []),
        ...(prochaine
          ? [
              {
                path: 'prochaine',
                reference: `${de}/${prochaine.numero}`,
                said: { comite: de, numero: prochaine.numero, jour: prochaine.jour },
                deed: 'annoncer',
                at: 'itself' as const,
                phase: 'issues' as const,
                source: prochaine.source,
              },
            ]
          : []),
      ];
    },
    deed: 'planifier',
    said: seanceFacts.SeancePlanifiee,
    by: ({ jour }) => jour.auPlusTard,
    command: 'PlanifierSeance',
  }),
  ofSeance({
    on: 'seances',
    path: 'jour',
    summary: 'Dater une séance',
    verb: 'dater-seance',
    main: 'jour',
    at: 'before',
    phase: 'ouverture',
    deed: 'dater',
    said: seanceFacts.SeanceDatee,
    by: ({ jour }) => jour.auPlusTard,
    command: 'DaterSeance',
  }),
  ofSeance({
    on: 'seances',
    path: 'points',
    summary: 'Inscrire un point à l’ordre du jour',
    verb: 'inscrire-point',
    main: 'titre',
    at: 'before',
    phase: 'ouverture',
    gather: ({ file, seance: reference }) =>
      placesDe(fichier(file).ordreDuJour).map(({ path, point: { point, titre, reporteDe, source } }) => ({
        path,
        reference,
        said: { point, titre, reporteDe },
        source,
      })),
    deed: ({ point }) => `inscrire:${point}`,
    said: seanceFacts.PointInscrit,
    command: 'InscrirePoint',
  }),
  ofSeance({
    on: 'seances',
    path: 'ouverture',
    summary: 'Ouvrir la séance',
    verb: 'ouvrir-seance',
    at: 'itself',
    phase: 'ouverture',
    gather: ({ file, seance: reference }) => {
      const { ouverture, membres, presences, invites, seance, rectificatif } = fichier(file);
      const venus = [...membres, ...presences, ...invites];
      if (!ouverture && !(rectificatif && venus.length > 0)) return [];
      const said = {
        presences: [...membres, ...presences].map((one) => ({
          personne: one.personne,
          presence: one.presence ?? 'inconnue',
          ...(one.suppleant !== undefined && { suppleant: one.suppleant }),
        })),
        invites: invites.map(({ nom, source, ...one }) => one),
      };
      const source = ouverture?.source ?? seance?.source;
      return [{ path: 'ouverture', reference, said, source, again: rectifiee(said) }];
    },
    deed: 'ouvrir',
    said: z.strictObject({
      presences: z.array(membrePresent).default([]),
      invites: z.array(present.extend({ fonction: texte.nullable().default(null) })).default([]),
    }),
    command: 'OuvrirSeance',
  }),
  ofSeance({
    on: 'seances',
    path: 'issues',
    summary: 'Donner l’issue d’un point',
    verb: 'donner-issue',
    main: 'texte',
    at: 'itself',
    phase: 'issues',
    gather: ({ file, seance: reference }) =>
      placesDe(fichier(file).ordreDuJour).flatMap(({ path, point: { point, issue, source: duPoint } }) => {
        if (!issue) return [];
        const { source = duPoint, ...said } = issue;
        return [{ path: `${path}.issue`, reference, said: { point, ...said }, source }];
      }),
    deed: ({ point }) => `issue:${point}`,
    said: seanceFacts.IssueDonnee,
    command: 'DonnerIssue',
  }),
  ofSeance({
    on: 'seances',
    path: 'contradictions',
    summary: 'Relever une contradiction',
    verb: 'relever-contradiction',
    main: 'objet',
    at: 'itself',
    phase: 'issues',
    gather: ({ file, seance: reference }) => {
      const { contradictions, preuve } = fichier(file);
      return contradictions.map(({ source, ...one }, index) => {
        const lectures = one.lectures.map(({ texte: mots, source: lue }) => ({
          texte: mots,
          lue: lue && avecMots(lue, mots),
        }));
        return {
          path: `contradictions[${index}]`,
          reference,
          said: {
            ...one,
            lectures: lectures.map(({ texte: mots, lue }) => ({
              texte: mots,
              source: lue && preuve ? sourceDe(lue, preuve) : undefined,
            })),
          },
          source: source ?? lectures[0]!.lue,
          alsoCited: lectures.flatMap(({ lue }) => lue ?? []),
        };
      });
    },
    deed: ({ contradiction }) => `contradiction:${contradiction}`,
    said: seanceFacts.ContradictionRelevee,
    command: 'ReleverContradiction',
  }),
  ofSeance({
    on: 'seances',
    path: 'cloture',
    summary: 'Clore la séance : sa position devient « COPIL N »',
    verb: 'clore-seance',
    at: 'itself',
    phase: 'cloture',
    gather: ({ file, seance: reference }) => {
      const { cloture, seance } = fichier(file);
      if (!cloture) return [];
      const { source = seance?.source, ...said } = cloture;
      return [{ path: 'cloture', reference, said, source }];
    },
    deed: 'clore',
    said: seanceFacts.SeanceCloturee,
    command: 'CloreSeance',
  }),
];
