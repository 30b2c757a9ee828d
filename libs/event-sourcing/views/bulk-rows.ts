import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { AnyView, ColumnType, Segment } from './view.js';

export const ENGINE_COLUMNS = [
  'key',
  'scope',
  'sort_key',
  'known_from',
  'known_to',
  'effective_from',
  'effective_to',
] as const;

const ENGINE_TYPES = ['text', 'text', 'text', 'bigint', 'bigint', 'date', 'date'];

/** What all versions of a row have in common. */
export interface Named {
  readonly key: string;
  readonly scope: string;
  readonly sortKey: string;
}

/** Rows of one view on their way to its table, in the form in which they are sent. */
export interface BulkRows {
  /** Characters that wait to be sent. */
  readonly length: number;
  add(named: Named, segment: Segment<object>, knownTo: bigint): void;
  /** Sends what waits. */
  flush(client: pg.ClientBase): Promise<void>;
}

const columnsOf = (view: AnyView): [string, ColumnType][] =>
  Object.entries(view.columns).map(([name, column]) => [name, (column as { type: ColumnType }).type]);

const quotedNames = (view: AnyView): string =>
  [...ENGINE_COLUMNS, ...columnsOf(view).map(([name]) => `"${name}"`)].join(', ');

/**
 * By COPY into a table that is made in the very same transaction: nothing is faster. A server that waits for the
 * rest of it is stopped by no timeout of its own, so it is not for a transaction that holds what others wait for.
 */
export class CopiedRows implements BulkRows {
  private encoded = new EncodedText();
  private readonly columns: readonly (readonly [name: string, encode: (value: unknown) => string])[];
  private readonly statement: string;
  /** What was encoded last: an event often writes two versions of one row. */
  private former: { row: object; text: string } | undefined;

  constructor(view: AnyView, table: string) {
    this.columns = columnsOf(view).map(([name, type]) => [name, ENCODERS[type] ?? encodePlain]);
    this.statement = `COPY ${table} (${quotedNames(view)}) FROM STDIN (FREEZE)`;
  }

  get length(): number {
    return this.encoded.length;
  }

  add({ key, scope, sortKey }: Named, { knownFrom, from, to, row }: Segment<object>, knownTo: bigint): void {
    this.encoded.add(
      `${escape(key)}\t${escape(scope)}\t${escape(sortKey)}\t${knownFrom}\t${knownTo}\t${
        from ?? '-infinity'
      }\t${to ?? 'infinity'}${this.textOf(row!)}\n`,
    );
  }

  async flush(client: pg.ClientBase): Promise<void> {
    const { encoded } = this;
    this.encoded = new EncodedText();
    if (encoded.length > 0) await pipeline(encoded.end().chunks, client.query(copyFrom(this.statement)));
  }

  private textOf(row: object): string {
    if (this.former?.row === row) return this.former.text;
    let text = '';
    for (const [name, encode] of this.columns) {
      const value = (row as Record<string, unknown>)[name];
      text += value === null || value === undefined ? '\t\\N' : `\t${encode(value)}`;
    }
    this.former = { row, text };
    return text;
  }
}

const STATEMENT_CHARACTERS = 4_000_000;

/** By statements that are sent whole: a process that is lost or suspended between two holds nothing for long. */
export class InsertedRows implements BulkRows {
  length = 0;
  private rows: string[] = [];
  private readonly names: readonly string[];
  private readonly statement: string;

  constructor(view: AnyView, table: string) {
    const columns = columnsOf(view);
    this.names = columns.map(([name]) => name);
    const typed = [
      ...ENGINE_COLUMNS.map((name, index) => `${name} ${ENGINE_TYPES[index]}`),
      ...columns.map(([name, type]) => `"${name}" ${type}`),
    ];
    this.statement = `INSERT INTO ${table} (${quotedNames(view)})
                      SELECT ${quotedNames(view)} FROM json_to_recordset($1) AS row (${typed.join(', ')})`;
  }

  add({ key, scope, sortKey }: Named, { knownFrom, from, to, row }: Segment<object>, knownTo: bigint): void {
    const values: Record<string, unknown> = {
      key,
      scope,
      sort_key: sortKey,
      known_from: String(knownFrom),
      known_to: String(knownTo),
      effective_from: from ?? '-infinity',
      effective_to: to ?? 'infinity',
    };
    for (const name of this.names) values[name] = (row as Record<string, unknown>)[name];
    const text = JSON.stringify(values);
    this.rows.push(text);
    this.length += text.length;
  }

  async flush(client: pg.ClientBase): Promise<void> {
    const { rows } = this;
    this.rows = [];
    this.length = 0;
    for (let from = 0; from < rows.length;) {
      let to = from;
      for (let characters = 0; to < rows.length && characters < STATEMENT_CHARACTERS; to += 1)
        characters += rows[to]!.length;
      await client.query(this.statement, [`[${rows.slice(from, to).join(',')}]`]);
      from = to;
    }
  }
}

/** Lines for COPY, made flat as they grow: text under concatenation keeps all its parts alive. */
class EncodedText {
  readonly chunks: Buffer[] = [];
  private open = '';
  length = 0;

  add(line: string): void {
    this.length += line.length;
    this.open += line;
    if (this.open.length > COPY_CHUNK) this.end();
  }

  end(): this {
    if (this.open.length > 0) this.chunks.push(Buffer.from(this.open));
    this.open = '';
    return this;
  }
}

const COPY_CHUNK = 32 * 1024;

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const escapeItem = (text: string): string => (/[\\"]/.test(text) ? text.replace(/[\\"]/g, '\\$&') : text);

const escape = (text: string): string =>
  /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (char) => ESCAPES[char]!) : text;

/** Values in the text format of COPY. */
const encodePlain = (value: unknown): string => escape(String(value));

const ENCODERS: Partial<Record<ColumnType, (value: unknown) => string>> = {
  json: (value) => escape(JSON.stringify(value)),
  'text[]': (value) => escape(`{${(value as string[]).map((item) => `"${escapeItem(item)}"`).join(',')}}`),
};
