import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { type DateFloue, type Glissement, glissementEntre } from '../words/date-floue.js';
import { simple } from '../words/simple.js';
import type { DossierEvent } from './dossiers.events.js';

const FACTS = {
  OuvrirDossier: 'DossierOuvert',
  RattacherDossier: 'DossierRattache',
  AssocierPartenaire: 'PartenaireAssocie',
  ConstaterConvention: 'ConventionConstatee',
  DesignerSitePilote: 'SitePiloteDesigne',
  RapporterSituation: 'SituationRapportee',
  FixerJalon: 'JalonFixe',
  RevoirJalon: 'JalonRevu',
  AtteindreJalon: 'JalonAtteint',
  AbandonnerJalon: 'JalonAbandonne',
  DecrireElement: 'ElementDecrit',
  LivrerElement: 'ElementLivre',
  ExclureElement: 'ElementExclu',
  FixerCibleTechnique: 'CibleTechniqueFixee',
  RapporterChiffre: 'ChiffreRapporte',
  RendreEtude: 'EtudeRendue',
  SuspendreDossier: 'DossierSuspendu',
  ReprendreDossier: 'DossierRepris',
  CloreDossier: 'DossierClos',
} as const;
export type DossierCommand = CommandsOf<DossierEvent, typeof FACTS>;

type Data<T extends DossierEvent['type']> = DataOf<DossierEvent, T>;
type Sans<T extends DossierEvent['type']> = Omit<Data<T>, 'seance'>;

export interface Jalon {
  readonly jalon: string;
  readonly intitule: string;
  readonly seance?: string | undefined;
  readonly statut: 'attendu' | 'atteint' | 'abandonne';
  readonly prevu?: DateFloue | undefined;
  readonly prevuInitial?: DateFloue | undefined;
  readonly glissement: Glissement | null;
  readonly atteint?: DateFloue;
  readonly motif?: string;
}

export interface Element extends Sans<'ElementDecrit'> {
  readonly statut: 'decrit' | 'livre' | 'exclu';
}

export interface Dossier {
  readonly seance: string;
  readonly titre: string;
  readonly parent: string | null;
  readonly nouveau: boolean;
  readonly origine?: string | undefined;
  readonly statut: 'ouvert' | 'suspendu' | 'clos';
  readonly issue?: Data<'DossierClos'>['issue'];
  readonly motif?: string | undefined;
  readonly partenaires: readonly Sans<'PartenaireAssocie'>[];
  readonly conventions: readonly Sans<'ConventionConstatee'>[];
  readonly sites: readonly Sans<'SitePiloteDesigne'>[];
  /** The last words on how it stands, and where they were said. */
  readonly situation: Data<'SituationRapportee'> | null;
  readonly jalons: readonly Jalon[];
  readonly elements: readonly Element[];
  readonly cibles: readonly Sans<'CibleTechniqueFixee'>[];
  readonly chiffres: readonly Sans<'ChiffreRapporte'>[];
  readonly etudes: readonly Sans<'EtudeRendue'>[];
}

export type EtatDossier = Dossier | undefined;

export const dossierDecider: Decider<DossierCommand, EtatDossier, DossierEvent> = {
  initial: undefined,

  decide(command, dossier) {
    if (command.type === 'OuvrirDossier') {
      if (dossier) throw new Refusal('dossier-deja-ouvert', 'Ce dossier est déjà ouvert.');
      return factsOf(FACTS, command);
    }
    if (!dossier) throw new Refusal('dossier-inconnu', 'Ce dossier n’existe pas.');
    exiger(command, dossier);
    return factsOf(FACTS, command);
  },

  correctable(target, replacement, dossier) {
    if (!dossier || replacement || target.type !== 'JalonFixe') return;
    if (jalonDe(dossier, target.data.jalon)?.statut === 'atteint')
      throw new Refusal(
        'jalon-deja-atteint',
        `Le jalon ${target.data.jalon} est atteint : annulez-le d’abord.`,
      );
  },

  evolve(dossier, fact) {
    if (fact.type === 'DossierOuvert') return ouvert(fact.data);
    return dossier && suite(dossier, fact);
  },
};

function ouvert({ parent, nouveau, ...data }: Data<'DossierOuvert'>): Dossier {
  return {
    ...data,
    parent: parent ?? null,
    nouveau: nouveau ?? false,
    statut: 'ouvert',
    situation: null,
    ...{ partenaires: [], conventions: [], sites: [], jalons: [] },
    ...{ elements: [], cibles: [], chiffres: [], etudes: [] },
  };
}

function suite(dossier: Dossier, { type, data }: Exclude<DossierEvent, { type: 'DossierOuvert' }>): Dossier {
  switch (type) {
    case 'DossierRattache':
      return { ...dossier, parent: data.parent };
    case 'PartenaireAssocie':
      return { ...dossier, partenaires: avec(dossier.partenaires, sansSeance(data), 'nom') };
    case 'ConventionConstatee':
      return { ...dossier, conventions: [...dossier.conventions, sansSeance(data)] };
    case 'SitePiloteDesigne':
      return { ...dossier, sites: [...dossier.sites, sansSeance(data)] };
    case 'SituationRapportee':
      return { ...dossier, situation: data };
    case 'JalonFixe': {
      const jalon: Jalon = { ...data, statut: 'attendu', glissement: null, prevuInitial: data.prevu };
      return { ...dossier, jalons: avec(dossier.jalons, jalon, 'jalon') };
    }
    case 'JalonRevu':
      return avecJalon(dossier, data.jalon, (one) => prevuPour(one, data.prevu));
    case 'JalonAtteint':
      return avecJalon(dossier, data.jalon, (one) => ({
        ...one,
        statut: 'atteint',
        atteint: data.le,
        glissement: one.prevuInitial ? glissementEntre(one.prevuInitial, data.le) : null,
      }));
    case 'JalonAbandonne':
      return avecJalon(dossier, data.jalon, (one) => ({ ...one, statut: 'abandonne', motif: data.motif }));
    case 'ElementDecrit':
      return avecElement(dossier, { ...sansSeance(data), statut: 'decrit' });
    case 'ElementLivre': {
      const connu = elementDe(dossier, data.element);
      return connu ? avecElement(dossier, { ...connu, statut: 'livre' }) : dossier;
    }
    case 'ElementExclu':
      return avecElement(dossier, {
        ...elementDe(dossier, data.element),
        ...sansSeance(data),
        statut: 'exclu',
      });
    case 'CibleTechniqueFixee':
      return { ...dossier, cibles: avec(dossier.cibles, sansSeance(data), 'composant') };
    case 'ChiffreRapporte':
      return { ...dossier, chiffres: [...dossier.chiffres, sansSeance(data)] };
    case 'EtudeRendue':
      return { ...dossier, etudes: [...dossier.etudes, sansSeance(data)] };
    case 'DossierSuspendu':
      return { ...dossier, statut: 'suspendu', motif: data.motif };
    case 'DossierRepris':
      return { ...dossier, statut: 'ouvert', motif: data.motif };
    case 'DossierClos':
      return { ...dossier, statut: 'clos', issue: data.issue, motif: data.motif };
  }
}

function exiger(command: DossierCommand, dossier: Dossier): void {
  const { statut } = dossier;
  if (statut === 'clos') throw new Refusal('dossier-clos', 'Ce dossier est clos.');
  switch (command.type) {
    case 'SuspendreDossier':
      if (statut === 'suspendu') throw new Refusal('dossier-suspendu', 'Ce dossier est déjà suspendu.');
      return;
    case 'ReprendreDossier':
      if (statut !== 'suspendu') throw new Refusal('dossier-ouvert', 'Ce dossier n’est pas suspendu.');
      return;
    case 'DesignerSitePilote': {
      const { site } = command.data;
      if (dossier.sites.some((one) => simple(one.site) === simple(site)))
        throw new Refusal('site-en-double', `« ${site} » est déjà un site pilote de ce dossier.`);
      return;
    }
    case 'FixerJalon': {
      const { jalon } = command.data;
      if (jalonDe(dossier, jalon))
        throw new Refusal('jalon-deja-fixe', `Le jalon ${jalon} est déjà fixé : il se revoit.`);
      return;
    }
    case 'RevoirJalon':
    case 'AtteindreJalon':
    case 'AbandonnerJalon':
      return exigerAttendu(dossier, command.data.jalon);
    case 'DecrireElement':
    case 'LivrerElement':
      return exigerPasExclu(dossier, command);
    case 'ExclureElement': {
      const { element } = command.data;
      if (elementDe(dossier, element)?.statut === 'livre')
        throw new Refusal('element-livre', `L’élément ${element} est livré : il ne s’exclut plus.`);
      return exigerPasExclu(dossier, command);
    }
    case 'OuvrirDossier':
    case 'RattacherDossier':
    case 'AssocierPartenaire':
    case 'ConstaterConvention':
    case 'RapporterSituation':
    case 'FixerCibleTechnique':
    case 'RapporterChiffre':
    case 'RendreEtude':
    case 'CloreDossier':
  }
}

function exigerPasExclu(
  dossier: Dossier,
  { type, data: { element } }: Extract<DossierCommand, { data: { element: string } }>,
): void {
  const connu = elementDe(dossier, element);
  if (connu?.statut === 'exclu')
    throw new Refusal('element-exclu', `L’élément ${element} est exclu de ce dossier.`);
  if (!connu && type === 'LivrerElement')
    throw new Refusal('element-inconnu', `L’élément ${element} n’est pas décrit.`);
}

function exigerAttendu(dossier: Dossier, jalon: string): void {
  const connu = jalonDe(dossier, jalon);
  if (!connu) throw new Refusal('jalon-inconnu', `Le jalon ${jalon} n’est pas fixé.`);
  if (connu.statut === 'atteint')
    throw new Refusal('jalon-deja-atteint', `Le jalon ${jalon} est déjà atteint.`);
  if (connu.statut === 'abandonne') throw new Refusal('jalon-abandonne', `Le jalon ${jalon} est abandonné.`);
}

const jalonDe = ({ jalons }: Dossier, jalon: string): Jalon | undefined =>
  jalons.find((one) => one.jalon === jalon);
const elementDe = ({ elements }: Dossier, element: string): Element | undefined =>
  elements.find((one) => one.element === element);

/** Whether a dossier has the part that is its own under it: `jalon/vsr`, `element/guide`. */
export const aPourPartie = (dossier: EtatDossier, propre: string): boolean => {
  const [sorte, nom] = propre.split('/') as [string, string];
  if (!dossier) return false;
  return (sorte === 'jalon' ? jalonDe(dossier, nom) : elementDe(dossier, nom)) !== undefined;
};

/** A dossier is a part of one that is open. @throws Refusal */
export function exigerPasClos(dossier: EtatDossier, reference: string): Dossier {
  if (!dossier) throw new Refusal('dossier-inconnu', `Le dossier ${reference} n’existe pas.`, { reference });
  if (dossier.statut === 'clos')
    throw new Refusal('dossier-clos', `Le dossier ${reference} est clos.`, { reference });
  return dossier;
}

const sansSeance = <D extends { readonly seance?: unknown }>({ seance: _, ...data }: D): Omit<D, 'seance'> =>
  data;

/** In the place of the one of the same name, or last. */
function avec<T, K extends keyof T>(all: readonly T[], one: T, by: K): readonly T[] {
  const at = all.findIndex((other) => other[by] === one[by]);
  return at < 0 ? [...all, one] : all.with(at, one);
}

const avecElement = (dossier: Dossier, element: Element): Dossier => ({
  ...dossier,
  elements: avec(dossier.elements, element, 'element'),
});
const avecJalon = (dossier: Dossier, jalon: string, change: (one: Jalon) => Jalon): Dossier => ({
  ...dossier,
  jalons: dossier.jalons.map((one) => (one.jalon === jalon ? change(one) : one)),
});

const prevuPour = (one: Jalon, prevu: DateFloue): Jalon => ({
  ...one,
  prevu,
  prevuInitial: one.prevuInitial ?? prevu,
  glissement: one.prevuInitial ? glissementEntre(one.prevuInitial, prevu) : null,
});
