import type { AnyView, Column } from '../event-sourcing/index.js';
import { jourEnFrancais, type Name } from '../words/index.js';

/** A row as a screen has it: the view's own columns as they are declared, computed ones as unknown. */
type Shown<Row> = Readonly<Row> & Readonly<Record<string, unknown>>;

/** How a view looks as a table for people; its first column is the name of the thing. */
export interface Screen<Row = unknown> {
  readonly title: string;
  /** Told where there is no row. */
  readonly vide?: string;
  readonly columns: readonly ScreenColumn<Row>[];
}

interface ScreenColumn<Row> {
  readonly heading: string;
  /** Relative share of the width; narrow columns take what they need. */
  readonly grow?: number;
  /** The column of the view whose words it shows… */
  readonly of?: string;
  /** … or its own. */
  text?(row: Shown<Row>): string;
}

/** A view that people and programs read by its name: `minutier actions`, `GET /actions`. */
export interface Published {
  readonly view: AnyView;
  /** What its rows are called. */
  readonly name: Name;
  readonly screen: Screen;
}

export const columnsOf = ({ columns, computed }: AnyView): Readonly<Record<string, Column>> => ({
  ...(columns as Record<string, Column>),
  ...computed,
});

/** A value as people read it: one text for each of the things that it lists; none where there is no value. */
export function inWords(column: Column, value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (column.words) return [column.words(value)].flat();
  if (column.type === 'date') return [jourEnFrancais(String(value))];
  if (typeof value === 'boolean') return [value ? 'oui' : 'non'];
  return [value].flat().map(String);
}

export function cellOf({ view }: Published, { of, text }: ScreenColumn<unknown>, row: object): string {
  const shown = row as Shown<unknown>;
  return text ? text(shown) : inWords(columnsOf(view)[of!]!, shown[of!]).join('\n');
}
