import type { z } from 'zod';
import type { AnyStreamKind, AnyView, Command, Day, Recorded } from '../event-sourcing/index.js';
import type { Connus } from './connus.js';
import type { SourceAvecMots, SourceCitee } from '../words/index.js';

/** When in the course of a séance a command falls; the order of a file does not matter. */
export const PHASES = [
  'comite',
  'ouverture',
  'decisions',
  'dossiers',
  'suites',
  'actions',
  'issues',
  'cloture',
] as const;
export type Phase = (typeof PHASES)[number];

export interface Planned {
  readonly phase: Phase;
  readonly path: string;
  readonly kind: AnyStreamKind;
  readonly reference: string;
  readonly command: Command;
  /** What was done, in the command's identity: `avancement:Amue`. With room, séance and reference it names the act. */
  readonly deed: string;
  readonly source?: SourceAvecMots;
  /** Other places of the evidence that the fact rests on. */
  readonly alsoCited?: readonly SourceAvecMots[];
  /** Where the fact itself does not say its day. */
  readonly effectiveOn?: Day | null;
  /** What is announced before the séance of the file: stated when it is recorded, if that is earlier. */
  readonly precedes?: boolean;
  readonly again?: Again;
  /** What may have been meant otherwise than it is taken. */
  readonly doubts?: readonly string[];
}

/**
 * What a line says in the light of what stands of its thing: another command, in whose identity it is called by a
 * deed of its own, or the one under whose id it is recorded; undefined: what it says by itself.
 */
export type Again = (
  standing: readonly Recorded[],
  /** What was recorded first in the place of an event. */
  originOf: (event: Recorded) => Recorded,
  /** Whether the file amends a séance that is closed. */
  amends: boolean,
) => ({ readonly command: Command } & ({ readonly deed: string } | { readonly id: string })) | undefined;

/** A source as a file cites it: lines and words of the evidence that its header names. */
export type CitedSource = SourceCitee;

export interface FileContext {
  readonly comite: string;
  readonly seance: string;
  readonly connus: Connus;
  /** Its parts, by name, parsed. */
  readonly file: Readonly<Record<string, unknown>>;
}

/** A prefilled part of the next séance's file. */
export type Template = Readonly<Record<string, unknown>>;

export interface TemplateContext {
  readonly comite: string;
  /** The number of the séance to prepare. */
  readonly numero: number;
  /** All rows of a view for this committee, now. */
  rows(
    view: AnyView,
    filters?: Readonly<Record<string, string>>,
  ): Promise<readonly Record<string, unknown>[]>;
}

/** Parts of a file that several things that can be said are read from. */
export interface FileSection {
  fields(seance: string): Readonly<Record<string, z.ZodType>>;
  template?(next: TemplateContext): Promise<Template>;
}
