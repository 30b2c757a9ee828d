import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { type DateFloue, type Glissement, glissementEntre } from '../words/date-floue.js';
import type { PlanEvent } from './plan-produit.events.js';

const FACTS = {
  PresenterPlan: 'PlanPresente',
  AnnoncerVersion: 'VersionAnnoncee',
  NumeroterVersion: 'VersionNumerotee',
  ReplanifierVersion: 'VersionReplanifiee',
  LivrerVersion: 'VersionLivree',
  RetirerVersion: 'VersionRetiree',
  InscrireContenu: 'ContenuInscrit',
  DeplacerContenu: 'ContenuDeplace',
  LivrerContenu: 'ContenuLivre',
  RetirerContenu: 'ContenuRetire',
} as const;
export type PlanCommand = CommandsOf<PlanEvent, typeof FACTS>;

export interface Version {
  readonly version: string;
  readonly numero: string | null;
  readonly seance?: string | undefined;
  readonly statut: 'annoncee' | 'livree' | 'retiree';
  readonly prevue?: DateFloue | undefined;
  readonly prevueInitiale?: DateFloue | undefined;
  readonly livree?: DateFloue;
  readonly conjointe?: string | undefined;
  readonly glissement: Glissement | null;
  readonly motif?: string;
  /** The decisions that planned it anew. */
  readonly decisions: readonly string[];
}

export interface Contenu extends Omit<DataOf<PlanEvent, 'ContenuInscrit'>, 'decision'> {
  readonly statut: 'prevu' | 'livre' | 'retire';
  readonly livre?: DateFloue | undefined;
  readonly motif?: string;
  /** The versions that it was to come with before, oldest first. */
  readonly avant: readonly string[];
  readonly decisions: readonly string[];
}

export interface Plan {
  readonly presente: readonly { readonly annee: number; readonly seance: string }[];
  readonly versions: readonly Version[];
  readonly contenus: readonly Contenu[];
}

type Data<T extends PlanEvent['type']> = DataOf<PlanEvent, T>;

export const planDecider: Decider<PlanCommand, Plan, PlanEvent> = {
  initial: { presente: [], versions: [], contenus: [] },

  decide(command, plan) {
    exiger(command, plan);
    return factsOf(FACTS, command);
  },

  partOf: ({ data }) =>
    'contenu' in data ? `contenu/${data.contenu}` : 'version' in data ? data.version : `plan ${data.annee}`,

  correctable(target, replacement, plan) {
    if (replacement === null && target.type === 'VersionAnnoncee') exigerVide(target.data.version, plan);
    if (replacement?.type === 'VersionAnnoncee' || replacement?.type === 'VersionNumerotee')
      exigerNumeroLibre(replacement.data, plan);
    if (replacement?.type === 'ContenuInscrit' || replacement?.type === 'ContenuDeplace') {
      const { contenu } = replacement.data;
      const vers = replacement.type === 'ContenuDeplace' ? replacement.data.vers : replacement.data.version;
      if (contenuDe(plan, contenu)?.version !== vers) exigerAnnoncee(plan, vers);
    }
  },

  evolve(plan, { type, data }) {
    switch (type) {
      case 'PlanPresente': {
        const { annee, seance } = data;
        return { ...plan, presente: [...plan.presente, { annee, seance }] };
      }
      case 'VersionAnnoncee':
        return { ...plan, versions: [...plan.versions, annoncee(data)] };
      case 'VersionNumerotee':
        return avecVersion(plan, data.version, (one) => ({ ...one, numero: data.numero }));
      case 'VersionReplanifiee':
        return avecVersion(plan, data.version, (one) => replanifiee(one, data));
      case 'VersionLivree':
        return avecVersion(plan, data.version, (one) => livree(one, data.le));
      case 'VersionRetiree':
        return avecVersion(plan, data.version, (one) => ({ ...one, statut: 'retiree', motif: data.motif }));
      case 'ContenuInscrit': {
        const { decision, ...inscrit } = data;
        const contenu: Contenu = {
          ...inscrit,
          statut: 'prevu',
          avant: [],
          decisions: decision ? [decision] : [],
        };
        return {
          ...plan,
          contenus: [...plan.contenus.filter((one) => one.contenu !== data.contenu), contenu],
        };
      }
      case 'ContenuDeplace':
        return avecContenu(plan, data.contenu, (one) => ({
          ...one,
          version: data.vers,
          avant: [...one.avant, data.de],
          decisions: [...one.decisions, ...(data.decision ? [data.decision] : [])],
        }));
      case 'ContenuLivre':
        return avecContenu(plan, data.contenu, (one) => ({
          ...one,
          statut: 'livre',
          ...(data.le && { livre: data.le }),
        }));
      case 'ContenuRetire':
        return avecContenu(plan, data.contenu, (one) => ({ ...one, statut: 'retire', motif: data.motif }));
    }
  },
};

function exiger({ type, data }: PlanCommand, plan: Plan): void {
  switch (type) {
    case 'PresenterPlan':
      if (plan.presente.some(({ annee, seance }) => annee === data.annee && seance === data.seance))
        throw new Refusal('plan-deja-presente', `Le plan ${data.annee} est déjà présenté à cette séance.`);
      return;
    case 'AnnoncerVersion':
      if (versionDe(plan, data.version))
        throw new Refusal('version-deja-annoncee', `La version ${data.version} est déjà annoncée.`);
      return exigerNumeroLibre(data, plan);
    case 'NumeroterVersion':
      exigerVersion(plan, data.version);
      return exigerNumeroLibre(data, plan);
    case 'ReplanifierVersion':
    case 'LivrerVersion':
    case 'RetirerVersion':
      return exigerAnnoncee(plan, data.version);
    case 'InscrireContenu': {
      const connu = contenuDe(plan, data.contenu);
      if (connu && connu.statut !== 'retire')
        throw new Refusal(
          'contenu-deja-inscrit',
          `Le contenu ${data.contenu} est déjà inscrit à la version ${connu.version} : il se déplace.`,
          { version: connu.version },
        );
      return exigerAnnoncee(plan, data.version);
    }
    case 'DeplacerContenu': {
      const { version } = exigerPrevu(plan, data.contenu);
      if (version !== data.de)
        throw new Refusal(
          'contenu-ailleurs',
          `Le contenu ${data.contenu} est à la version ${version}, non à la version ${data.de}.`,
          { version },
        );
      if (data.vers === version)
        throw new Refusal(
          'contenu-deja-inscrit',
          `Le contenu ${data.contenu} est déjà à la version ${version}.`,
        );
      return exigerAnnoncee(plan, data.vers);
    }
    case 'LivrerContenu':
    case 'RetirerContenu':
      exigerPrevu(plan, data.contenu);
  }
}

const versionDe = ({ versions }: Plan, version: string): Version | undefined =>
  versions.find((one) => one.version === version);
const contenuDe = ({ contenus }: Plan, contenu: string): Contenu | undefined =>
  contenus.find((one) => one.contenu === contenu);

/** Whether a plan has the version, or the content, that is its own under it: `5.10`, `contenu/parcoursup`. */
export const aPourPartie = (plan: Plan, propre: string): boolean =>
  propre.startsWith('contenu/')
    ? contenuDe(plan, propre.slice('contenu/'.length)) !== undefined
    : versionDe(plan, propre) !== undefined;

function exigerVersion(plan: Plan, version: string): Version {
  const known = versionDe(plan, version);
  if (!known) throw new Refusal('version-inconnue', `La version ${version} n’est pas annoncée.`);
  return known;
}

function exigerAnnoncee(plan: Plan, version: string): void {
  const { statut } = exigerVersion(plan, version);
  if (statut === 'livree')
    throw new Refusal(
      'version-livree',
      `La version ${version} est livrée : rien n’y entre ni n’y change plus.`,
    );
  if (statut === 'retiree')
    throw new Refusal('version-retiree', `La version ${version} est retirée du plan.`);
}

function exigerPrevu(plan: Plan, contenu: string): Contenu {
  const connu = contenuDe(plan, contenu);
  if (!connu) throw new Refusal('contenu-inconnu', `Le contenu ${contenu} n’est pas inscrit.`);
  if (connu.statut === 'livre') throw new Refusal('contenu-livre', `Le contenu ${contenu} est livré.`);
  if (connu.statut === 'retire') throw new Refusal('contenu-retire', `Le contenu ${contenu} est retiré.`);
  return connu;
}

function exigerNumeroLibre(
  { version, numero }: { readonly version: string; readonly numero: string | null },
  { versions }: Plan,
): void {
  const autre = versions.find(
    (one) => one.version !== version && one.numero !== null && one.numero === numero,
  );
  if (autre)
    throw new Refusal('numero-pris', `Le numéro ${numero} est celui de la version ${autre.version}.`, {
      version: autre.version,
    });
}

/** What contents are in is not annulled under them. */
function exigerVide(version: string, { contenus }: Plan): void {
  const dedans = contenus.filter((one) => one.version === version || one.avant.includes(version));
  if (dedans.length > 0)
    throw new Refusal(
      'version-non-vide',
      `La version ${version} a des contenus : ${dedans.map(({ contenu }) => contenu).join(', ')}.`,
    );
}

function annoncee({ version, numero, seance, prevue, conjointe }: Data<'VersionAnnoncee'>): Version {
  return {
    version,
    numero,
    seance,
    statut: 'annoncee',
    prevue,
    prevueInitiale: prevue,
    conjointe,
    glissement: null,
    decisions: [],
  };
}

function replanifiee(one: Version, { prevue, decision }: Data<'VersionReplanifiee'>): Version {
  const prevueInitiale = one.prevueInitiale ?? prevue;
  return {
    ...one,
    prevue,
    prevueInitiale,
    glissement: one.prevueInitiale ? glissementEntre(one.prevueInitiale, prevue) : null,
    decisions: [...one.decisions, ...(decision ? [decision] : [])],
  };
}

/** What was to come with it is told apart: it may have been left out. */
const livree = (one: Version, le: DateFloue): Version => ({
  ...one,
  statut: 'livree',
  livree: le,
  glissement: one.prevueInitiale ? glissementEntre(one.prevueInitiale, le) : null,
});

const avecVersion = (plan: Plan, version: string, change: (one: Version) => Version): Plan => ({
  ...plan,
  versions: plan.versions.map((one) => (one.version === version ? change(one) : one)),
});
const avecContenu = (plan: Plan, contenu: string, change: (one: Contenu) => Contenu): Plan => ({
  ...plan,
  contenus: plan.contenus.map((one) => (one.contenu === contenu ? change(one) : one)),
});
