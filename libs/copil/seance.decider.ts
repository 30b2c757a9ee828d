import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { comiteDe, seanceDe } from '../words/reference.js';
import type { SeanceEvent } from './seance.events.js';

type Data<T extends SeanceEvent['type']> = DataOf<SeanceEvent, T>;
const FACTS = {
  PlanifierSeance: 'SeancePlanifiee',
  DaterSeance: 'SeanceDatee',
  InscrirePoint: 'PointInscrit',
  OuvrirSeance: 'SeanceOuverte',
  DonnerIssue: 'IssueDonnee',
  ReleverContradiction: 'ContradictionRelevee',
  CloreSeance: 'SeanceCloturee',
  RectifierSeance: 'SeanceRectifiee',
} as const;
export type SeanceCommand = CommandsOf<SeanceEvent, typeof FACTS>;

export type Issue = Omit<Data<'IssueDonnee'>, 'point'>;

export interface Point {
  readonly point: string;
  readonly titre: string;
  readonly reporteDe?: string;
  readonly issue?: Issue;
}

export type StatutDeSeance = 'inconnue' | 'planifiee' | 'ouverte' | 'close';

export interface Seance {
  readonly statut: StatutDeSeance;
  readonly jour?: Data<'SeanceDatee'>['jour'];
  readonly points: readonly Point[];
  readonly presences: Data<'SeanceOuverte'>['presences'];
  readonly invites: Data<'SeanceOuverte'>['invites'];
  readonly contradictions: readonly Data<'ContradictionRelevee'>[];
  readonly rectificatifs: readonly Data<'SeanceRectifiee'>[];
}

/** An item that has sub-items has its outcome in them. */
export const pointsSansIssue = ({ points }: Seance): string[] =>
  points
    .filter(({ point, issue }) => !issue && !points.some((other) => other.point.startsWith(`${point}.`)))
    .map(({ point }) => point);

export const seanceDecider: Decider<SeanceCommand, Seance, SeanceEvent> = {
  initial: {
    statut: 'inconnue',
    points: [],
    presences: [],
    invites: [],
    contradictions: [],
    rectificatifs: [],
  },

  decide(command, seance, { amends }) {
    if (command.type === 'PlanifierSeance') return planifier(command.data, seance);
    if (seance.statut === 'inconnue')
      throw new Refusal('seance-inconnue', 'Cette séance n’est pas planifiée.');
    const passe = command.type === 'OuvrirSeance' || command.type === 'CloreSeance';
    if (seance.statut === 'close' && (passe || !amends))
      throw new Refusal(
        'seance-close',
        'Cette séance est close : elle ne change plus que par des rectificatifs et des corrections.',
      );
    switch (command.type) {
      case 'RectifierSeance':
        return rectifier(command.data, seance);
      case 'DaterSeance':
      case 'ReleverContradiction':
        return factsOf(FACTS, command);
      case 'InscrirePoint':
        return inscrire(command.data, seance);
      case 'OuvrirSeance':
        if (seance.statut === 'ouverte')
          throw new Refusal('seance-deja-ouverte', 'Cette séance est déjà ouverte.');
        exigerUneFois(command.data);
        return factsOf(FACTS, command);
      case 'DonnerIssue':
        return donnerIssue(command.data, seance);
      case 'CloreSeance':
        return clore(command.data, seance);
    }
  },

  evolve(seance, { type, data }) {
    if (seance.statut === 'inconnue' && type !== 'SeancePlanifiee') return seance;
    switch (type) {
      case 'SeancePlanifiee':
        return {
          ...seance,
          statut: seance.statut === 'inconnue' ? 'planifiee' : seance.statut,
          jour: data.jour,
        };
      case 'SeanceDatee':
        return { ...seance, jour: data.jour };
      case 'PointInscrit':
        return { ...seance, points: [...seance.points.filter(({ point }) => point !== data.point), data] };
      case 'SeanceOuverte':
        return {
          ...seance,
          statut: seance.statut === 'close' ? 'close' : 'ouverte',
          presences: data.presences,
          invites: data.invites,
        };
      case 'IssueDonnee':
        return {
          ...seance,
          points: seance.points.map((one) =>
            one.point === data.point ? { ...one, issue: sansPoint(data) } : one,
          ),
        };
      case 'ContradictionRelevee':
        return { ...seance, contradictions: [...seance.contradictions, data] };
      case 'SeanceCloturee':
        return { ...seance, statut: 'close' };
      case 'SeanceRectifiee':
        return { ...seance, rectificatifs: [...seance.rectificatifs, data] };
    }
  },

  correctable(target, replacement, seance, withdraws) {
    const cloture = [target.type, replacement?.type].filter((type) => type === 'SeanceCloturee').length;
    if (cloture === 1 && !withdraws)
      throw new Refusal(
        'cloture-definitive',
        'Une clôture ne s’annule pas seule et ne se remplace que par une clôture : sa position nomme le COPIL. ' +
          'Ce qui manque ou est faux à la séance s’y rectifie (rectificatif) ; un fichier importé par erreur s’annule ' +
          'en entier (minutier annuler-import <fichier>).',
      );
    if (target.type === 'SeancePlanifiee' && replacement?.type !== 'SeancePlanifiee' && dejaTenue(seance))
      throw new Refusal(
        'seance-engagee',
        'La planification d’une séance qui a un ordre du jour ou s’est tenue ne s’annule pas.',
      );
    if (target.type === 'SeanceOuverte' && !replacement && seance.statut === 'close')
      throw new Refusal('seance-close', 'L’ouverture d’une séance close ne s’annule pas.');
    if (target.type === 'PointInscrit' && !replacement && estEngage(target.data.point, seance))
      throw new Refusal(
        'point-engage',
        'Un point qui a une issue ou des sous-points, ou dont la séance est close, ne s’annule pas.',
      );
    if (target.type === 'IssueDonnee' && replacement?.type !== 'IssueDonnee' && seance.statut === 'close')
      throw new Refusal(
        'issue-manquante',
        'L’issue d’un point d’une séance close se remplace, elle ne s’annule pas.',
      );
    if (replacement?.type === 'IssueDonnee') exigerDit(replacement.data);
    if (replacement?.type === 'SeanceOuverte') exigerUneFois(replacement.data);
  },
};

/** Nobody is both there and not, nor there for two; an alternate comes for somebody who does not. */
function exigerUneFois({ presences, invites }: Data<'SeanceOuverte'>): void {
  const dits = new Map<string, string[]>();
  const dire = (personne: string, comment: string) =>
    dits.set(personne, [...(dits.get(personne) ?? []), comment]);
  for (const { personne, presence, suppleant } of presences) {
    dire(personne, `membre (${presence})`);
    if (suppleant !== undefined) dire(suppleant, `suppléant de ${personne}`);
  }
  for (const { personne, presence } of invites) dire(personne, `invité (${presence})`);
  const doubles = [...dits].filter(([, comments]) => comments.length > 1);
  if (doubles.length > 0)
    throw new Refusal(
      'presence-en-double',
      doubles
        .map(([personne, comments]) => `${personne} paraît ${comments.length} fois : ${comments.join(', ')}`)
        .join(' ; ') + '.',
      { personnes: doubles.map(([personne]) => personne) },
    );
  const inutiles = presences.filter(({ presence, suppleant }) => presence === 'present' && suppleant);
  if (inutiles.length > 0)
    throw new Refusal(
      'suppleant-inutile',
      `${inutiles.map(({ personne }) => personne).join(', ')} : un membre présent n’est pas suppléé.`,
    );
}

const estEngage = (numero: string, { statut, points }: Seance): boolean =>
  statut === 'close' ||
  points.some(({ point, issue }) => (point === numero && issue) || point.startsWith(`${numero}.`));

const dejaTenue = ({ statut, points }: Seance): boolean => statut !== 'planifiee' || points.length > 0;

function exigerDit(data: Data<'IssueDonnee'>): void {
  if ((data.issue === 'reporte' || data.issue === 'sans-decision') && !data.motif)
    throw new Refusal('motif-manquant', `L’issue « ${data.issue} » du point ${data.point} demande un motif.`);
  if (['decision', 'information', 'avis'].includes(data.issue) && !data.texte)
    throw new Refusal(
      'texte-manquant',
      `L’issue « ${data.issue} » du point ${data.point} demande son texte.`,
    );
}

function planifier(data: Data<'SeancePlanifiee'>, seance: Seance): SeanceEvent[] {
  if (seance.statut === 'inconnue') return [{ type: 'SeancePlanifiee', data }];
  if (seance.statut === 'planifiee') return [{ type: 'SeanceDatee', data: { jour: data.jour } }];
  throw new Refusal('seance-deja-planifiee', 'Cette séance a déjà été ouverte.');
}

function inscrire(data: Data<'PointInscrit'>, { points }: Seance): SeanceEvent[] {
  if (points.some(({ point }) => point === data.point))
    throw new Refusal('point-deja-inscrit', `Le point ${data.point} est déjà à l’ordre du jour.`);
  const repris = data.reporteDe && points.find(({ reporteDe }) => reporteDe === data.reporteDe);
  if (repris)
    throw new Refusal('point-deja-repris', `Le point ${data.reporteDe} est déjà repris par ${repris.point}.`);
  const parent = data.point.includes('.') ? data.point.slice(0, data.point.lastIndexOf('.')) : undefined;
  if (parent && !points.some(({ point }) => point === parent))
    throw new Refusal(
      'point-parent-inconnu',
      `Le point ${parent}, dont ${data.point} dépend, n’est pas inscrit.`,
    );
  return [{ type: 'PointInscrit', data }];
}

function donnerIssue(data: Data<'IssueDonnee'>, seance: Seance): SeanceEvent[] {
  if (!['ouverte', 'close'].includes(seance.statut))
    throw new Refusal('seance-non-ouverte', 'Une issue se donne en séance : ouvrez d’abord la séance.');
  const point = seance.points.find((one) => one.point === data.point);
  if (!point) throw new Refusal('point-inconnu', `Le point ${data.point} n’est pas à l’ordre du jour.`);
  if (point.issue)
    throw new Refusal(
      'issue-deja-donnee',
      `Le point ${data.point} a déjà une issue : corrigez-la s’il le faut.`,
    );
  exigerDit(data);
  return [{ type: 'IssueDonnee', data }];
}

function clore(data: Data<'SeanceCloturee'>, seance: Seance): SeanceEvent[] {
  if (seance.statut !== 'ouverte')
    throw new Refusal('seance-non-ouverte', 'Une séance qui ne s’est pas ouverte ne se clôt pas.');
  exigerIssues(seance, 'La séance ne se clôt pas');
  return [{ type: 'SeanceCloturee', data }];
}

/** What an amendment leaves of a closed séance is as complete as its closing asked. */
function rectifier(data: Data<'SeanceRectifiee'>, seance: Seance): SeanceEvent[] {
  if (seance.statut !== 'close')
    throw new Refusal(
      'rectificatif-premature',
      'Cette séance n’est pas close : elle n’a pas de rectificatif.',
    );
  exigerIssues(seance, 'Une séance close ne se rectifie pas');
  return [{ type: 'SeanceRectifiee', data }];
}

function exigerIssues(seance: Seance, quoi: string): void {
  const manquants = pointsSansIssue(seance);
  if (manquants.length > 0)
    throw new Refusal(
      'issue-manquante',
      `${quoi} tant que des points n’ont pas d’issue : ${manquants.join(', ')}.`,
      { points: manquants },
    );
}

const sansPoint = ({ issue, texte, motif }: Data<'IssueDonnee'>): Issue => ({
  issue,
  ...(texte && { texte }),
  ...(motif && { motif }),
});

/** For things that are recorded at a séance: it must exist, and not be closed. */
export function exigerSeanceNonClose(seance: Seance, reference: string): void {
  if (seance.statut === 'inconnue')
    throw new Refusal('seance-inconnue', `La séance ${reference} n’est pas planifiée.`, {
      seance: reference,
    });
  exigerPasClose(seance, reference);
}

export function exigerPasClose({ statut }: Pick<Seance, 'statut'>, reference: string): void {
  if (statut === 'close')
    throw new Refusal(
      'seance-close',
      `La séance ${reference} est close : rien ne s’y ajoute plus que par un rectificatif.`,
      { seance: reference },
    );
}

/** What is said at a séance is said of an item of its own agenda. */
export function exigerPointDeLaSeance(point: string, seance: string): void {
  if (seanceDe(point) !== seance)
    throw new Refusal('point-d-une-autre-seance', `Le point ${point} n’est pas de la séance ${seance}.`, {
      point,
      seance,
    });
}

export function exigerPointInscrit(seance: Seance, point: string): Point {
  const inscrit = seance.points.find((one) => one.point === point.split('/')[2]);
  if (!inscrit) throw new Refusal('point-inconnu', `Le point ${point} n’existe pas.`, { point });
  return inscrit;
}

/** A carried item comes from an item of another séance of the committee that was put off. */
export function exigerPointReporte(seance: Seance, point: string, par: string): void {
  if (seanceDe(point) === par || comiteDe(point) !== comiteDe(par))
    throw new Refusal(
      'point-non-reportable',
      `Le point ${point} n’est pas d’une autre séance du même comité : il ne se reprend pas à ${par}.`,
      { point },
    );
  if (exigerPointInscrit(seance, point).issue?.issue !== 'reporte')
    throw new Refusal('point-non-reporte', `Le point ${point} n’a pas été reporté.`, { point });
}
