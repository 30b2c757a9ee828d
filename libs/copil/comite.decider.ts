import type { CommandsOf, DataOf, Decider } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import type { DateFloue } from '../words/date-floue.js';
import type { ComiteEvent } from './comite.events.js';

export type ComiteCommand = CommandsOf<
  ComiteEvent,
  {
    InstituerComite: 'ComiteInstitue';
    ConfierMandat: 'MandatConfie';
    TerminerMandat: 'MandatTermine';
    FixerQuorum: 'QuorumFixe';
  }
>;

export interface Mandat {
  readonly mandat: string;
  readonly personne: string;
  readonly institution: string;
  readonly fonction: string | null;
  readonly du: DateFloue | null;
  readonly remplace: string | null;
  readonly actif: boolean;
  readonly fin: { readonly motif: string; readonly le: DateFloue | null } | null;
}

export interface Comite {
  readonly institue: boolean;
  readonly mandats: readonly Mandat[];
  readonly quorums: readonly Quorum[];
}

/** How many members must be there, or which part of them, from a day on; `depuis: null` is always. */
export interface Quorum {
  readonly depuis: string | null;
  readonly minimum: number | null;
  readonly numerateur: number | null;
  readonly denominateur: number | null;
}

export function exigerInstitue({ institue }: Comite, comite: string): void {
  if (!institue)
    throw new Refusal(
      'comite-inconnu',
      `Le comité ${comite} n’est pas institué : vérifiez son nom, ou instituez-le d’abord.`,
      { comite },
    );
}

export const comiteDecider: Decider<ComiteCommand, Comite, ComiteEvent> = {
  initial: { institue: false, mandats: [], quorums: [] },

  decide({ type, data }, comite) {
    if (type === 'InstituerComite') {
      if (comite.institue) throw new Refusal('comite-deja-institue', 'Ce comité est déjà institué.');
      return [{ type: 'ComiteInstitue', data }];
    }
    if (!comite.institue) throw new Refusal('comite-inconnu', 'Ce comité n’est pas institué.');
    if (type === 'FixerQuorum') {
      exigerQuorum(data);
      return [{ type: 'QuorumFixe', data }];
    }
    const mandat = comite.mandats.find((one) => one.mandat === data.mandat);
    if (type === 'ConfierMandat') {
      if (mandat) throw new Refusal('mandat-deja-confie', `Le mandat ${data.mandat} est déjà confié.`);
      const confie: ComiteEvent = { type: 'MandatConfie', data };
      const quitte = comite.mandats.find((one) => one.actif && one.personne === data.remplace);
      if (!quitte) return [confie];
      const motif = `remplacement par le mandat ${data.mandat}`;
      return [{ type: 'MandatTermine', data: { mandat: quitte.mandat, motif } }, confie];
    }
    if (!mandat) throw new Refusal('mandat-inconnu', `Le mandat ${data.mandat} n’existe pas.`);
    if (!mandat.actif) throw new Refusal('mandat-deja-termine', `Le mandat ${data.mandat} a déjà pris fin.`);
    return [{ type: 'MandatTermine', data }];
  },

  correctable(target, replacement, { mandats }) {
    if (replacement?.type === 'QuorumFixe') exigerQuorum(replacement.data);
    if (target.type !== 'ComiteInstitue' || replacement?.type === 'ComiteInstitue') return;
    if (mandats.length > 0)
      throw new Refusal('comite-engage', 'L’institution d’un comité qui a des mandats ne s’annule pas.');
  },

  evolve(comite, { type, data }) {
    switch (type) {
      case 'ComiteInstitue':
        return { ...comite, institue: true };
      case 'MandatConfie':
        return {
          ...comite,
          mandats: [
            ...comite.mandats.filter(({ mandat }) => mandat !== data.mandat),
            { ...data, du: data.du ?? null, remplace: data.remplace ?? null, actif: true, fin: null },
          ],
        };
      case 'MandatTermine':
        return {
          ...comite,
          mandats: comite.mandats.map((one) =>
            one.mandat === data.mandat
              ? { ...one, actif: false, fin: { motif: data.motif, le: data.le ?? null } }
              : one,
          ),
        };
      case 'QuorumFixe':
        return { ...comite, quorums: avecQuorum(comite.quorums, data) };
    }
  },
};

function quorumDe({ minimum, part, depuis }: DataOf<ComiteEvent, 'QuorumFixe'>): Quorum {
  const [numerateur = null, denominateur = null] = part?.split('/').map(Number) ?? [];
  return { depuis: depuis?.auPlusTard ?? null, minimum: minimum ?? null, numerateur, denominateur };
}

function exigerQuorum(data: DataOf<ComiteEvent, 'QuorumFixe'>): void {
  const { minimum, numerateur, denominateur } = quorumDe(data);
  if ((minimum === null) === (numerateur === null) || (numerateur ?? 0) > (denominateur ?? 0))
    throw new Refusal(
      'quorum-incomplet',
      'Un quorum est un nombre de membres (minimum) ou une part d’entre eux (part : 1/2), l’un ou l’autre.',
    );
}

/** A rule that is fixed again for the same day takes the place of the former. */
function avecQuorum(quorums: readonly Quorum[], data: DataOf<ComiteEvent, 'QuorumFixe'>): readonly Quorum[] {
  const nouveau = quorumDe(data);
  return [...quorums.filter(({ depuis }) => depuis !== nouveau.depuis), nouveau];
}
