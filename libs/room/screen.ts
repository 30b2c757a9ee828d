import type { AnyView } from '../event-sourcing/index.js';

/** A row as a screen has it: the view's own columns as they are declared, computed ones as unknown. */
type Shown<Row> = Readonly<Row> & Readonly<Record<string, unknown>>;

/** How a view looks as a table for people. */
export interface Screen<Row = unknown> {
  readonly title: string;
  readonly columns: readonly ScreenColumn<Row>[];
}

interface ScreenColumn<Row> {
  readonly heading: string;
  /** Relative share of the width; narrow columns take what they need. */
  readonly grow?: number;
  text(row: Shown<Row>): string;
}

/** A view that people and programs read by its name: `minutier actions`, `GET /actions`. */
export interface Published {
  readonly view: AnyView;
  readonly screen: Screen;
}
