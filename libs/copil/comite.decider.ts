import type { CommandsOf, Decider } from '../event-sourcing/decider.js';
import { Refusal } from '../event-sourcing/refusal.js';
import type { DateFloue } from '../words/date-floue.js';
import type { ComiteEvent } from './comite.events.js';

export type ComiteCommand = CommandsOf<
  ComiteEvent,
  { InstituerComite: 'ComiteInstitue'; ConfierMandat: 'MandatConfie'; TerminerMandat: 'MandatTermine' }
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
  initial: { institue: false, mandats: [] },

  decide({ type, data }, comite) {
    if (type === 'InstituerComite') {
      if (comite.institue) throw new Refusal('comite-deja-institue', 'Ce comité est déjà institué.');
      return [{ type: 'ComiteInstitue', data }];
    }
    if (!comite.institue) throw new Refusal('comite-inconnu', 'Ce comité n’est pas institué.');
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
    }
  },
};
