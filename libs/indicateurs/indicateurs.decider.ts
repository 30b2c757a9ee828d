import { type CommandsOf, type DataOf, type Decider, factsOf } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import { comparer, type Nombre } from '../words/exact.js';
import { comparerPeriodes, type Periode } from '../words/periode.js';
import type { IndicateurEvent } from './indicateurs.events.js';

const FACTS = {
  DefinirIndicateur: 'IndicateurDefini',
  ReviserDefinition: 'DefinitionRevue',
  ConstaterValeur: 'ValeurConstatee',
  RectifierValeur: 'ValeurRectifiee',
  RetirerIndicateur: 'IndicateurRetire',
} as const;
export type IndicateurCommand = CommandsOf<IndicateurEvent, typeof FACTS>;

type Constat = Omit<DataOf<IndicateurEvent, 'ValeurConstatee'>, 'seance'>;
export type Definition = Omit<DataOf<IndicateurEvent, 'IndicateurDefini'>, 'seance'>;

interface Valeur extends Constat {
  /** Why it was restated, each time. */
  readonly retraitements: readonly string[];
}

export interface Indicateur {
  readonly seance: string;
  readonly definition: Definition;
  readonly revisions: readonly ({ readonly des: Periode } & Partial<Definition>)[];
  /** In order of periods. */
  readonly valeurs: readonly Valeur[];
  readonly retire: boolean;
}

export type EtatIndicateur = Indicateur | undefined;

export const indicateurDecider: Decider<IndicateurCommand, EtatIndicateur, IndicateurEvent> = {
  initial: undefined,

  decide(command, indicateur) {
    if (command.type === 'DefinirIndicateur') {
      if (indicateur) throw new Refusal('indicateur-deja-defini', 'Cet indicateur est déjà défini.');
      return factsOf(FACTS, command);
    }
    if (!indicateur) throw new Refusal('indicateur-inconnu', 'Cet indicateur n’existe pas.');
    if (indicateur.retire) throw new Refusal('indicateur-retire', 'Cet indicateur est retiré.');
    if (command.type === 'ReviserDefinition') exigerUnite(command.data, indicateur);
    if (command.type === 'ConstaterValeur' && valeurDe(indicateur, command.data.periode))
      throw new Refusal(
        'valeur-deja-constatee',
        `La valeur de ${command.data.periode} est déjà constatée : un retraitement la remplace, une correction la redit.`,
      );
    if (command.type === 'RectifierValeur') {
      const { periode, motif } = command.data;
      if (!motif) throw new Refusal('motif-manquant', 'Un retraitement dit pourquoi le chiffre a changé.');
      if (!valeurDe(indicateur, periode))
        throw new Refusal('valeur-inconnue', `Aucune valeur n’est constatée pour ${periode}.`);
    }
    return factsOf(FACTS, command);
  },

  correctable(target, replacement, indicateur) {
    if (!indicateur) return;
    if (replacement?.type === 'DefinitionRevue') exigerUnite(replacement.data, indicateur);
    if (target.type !== 'ValeurConstatee' || replacement) return;
    if (valeurDe(indicateur, target.data.periode)?.retraitements.length)
      throw new Refusal('valeur-retraitee', 'Cette valeur est retraitée : annulez d’abord le retraitement.');
  },

  evolve(indicateur, { type, data }) {
    switch (type) {
      case 'IndicateurDefini': {
        const { seance, ...definition } = data;
        return { seance, definition, revisions: [], valeurs: [], retire: false };
      }
      case 'DefinitionRevue': {
        const { seance: _, ...revision } = data;
        return indicateur && { ...indicateur, revisions: [...indicateur.revisions, revision] };
      }
      case 'ValeurConstatee':
        return indicateur && avecValeur(indicateur, data, []);
      case 'ValeurRectifiee': {
        const connue = indicateur && valeurDe(indicateur, data.periode);
        const motifs = [...(connue?.retraitements ?? []), data.motif];
        return indicateur && avecValeur(indicateur, { ...connue, ...data }, motifs);
      }
      case 'IndicateurRetire':
        return indicateur && { ...indicateur, retire: true };
    }
  },
};

const valeurDe = ({ valeurs }: Indicateur, periode: Periode): Valeur | undefined =>
  valeurs.find((one) => one.periode === periode);

function avecValeur(
  indicateur: Indicateur,
  { periode, valeur, preuve }: Constat,
  retraitements: readonly string[],
): Indicateur {
  const autres = indicateur.valeurs.filter((one) => one.periode !== periode);
  const toutes = [...autres, { periode, valeur, ...(preuve && { preuve }), retraitements }];
  return { ...indicateur, valeurs: toutes.sort((a, b) => comparerPeriodes(a.periode, b.periode)) };
}

/** What is counted in another unit is another indicator. */
function exigerUnite({ unite }: Partial<Definition>, { definition }: Indicateur): void {
  if (unite === undefined || unite === definition.unite) return;
  throw new Refusal(
    'unite-immuable',
    `L’unité reste « ${definition.unite ?? 'non communiquée'} » : dans une autre, c’est un autre indicateur.`,
  );
}

/** The definition that applies to a period; without one, the last. */
export function definitionPour({ definition, revisions }: Indicateur, periode?: Periode): Definition {
  return revisions
    .filter(({ des }) => !periode || comparerPeriodes(des, periode) <= 0)
    .toSorted((a, b) => comparerPeriodes(a.des, b.des))
    .reduce<Definition>((all, { des: _, ...revision }) => ({ ...all, ...revision }), definition);
}

export const FRANCHI = ['oui', 'non', 'indetermine'] as const;

/** Whether a value is beyond its threshold, on the wrong side; undetermined where one of the two is not known. */
export function franchi({ seuil, sens }: Definition, valeur: Nombre | null): (typeof FRANCHI)[number] {
  if (seuil === undefined || sens === undefined || valeur === null) return 'indetermine';
  const ecart = comparer(valeur, seuil);
  return (sens === 'baisse' ? ecart > 0 : ecart < 0) ? 'oui' : 'non';
}
