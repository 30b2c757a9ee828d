import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Change } from './stream-fold.js';
import type { AnyView, ColumnType, Segment } from './view.js';
import { paddedReference } from './view.js';

/** The largest bigint: "known until now". */
export const STILL_KNOWN = 9223372036854775807n;

/** The last segment of a key, and the columns that all versions of the key share, encoded. */
interface Waiting {
  readonly name: string;
  segment: Segment<object> | undefined;
}

/**
 * Collects the versions of one view and writes them in bulk. The last segment of a key, which the next event
 * will close, waits until it is closed or until the flush; the others are encoded as they come.
 */
export class VersionWriter {
  private readonly last = new Map<string, Waiting>();
  private encoded = new EncodedText();
  private closes: { key: string; segment: Segment<object>; knownTo: bigint }[] = [];
  private readonly columns: readonly (readonly [name: string, encode: (value: unknown) => string])[];
  /** What was encoded last: an event often writes two versions of one row. */
  private former: { row: object; text: string } | undefined;

  constructor(
    private readonly view: AnyView,
    private readonly table: string,
    /** Whether the table is made in this very transaction: its rows are then written once and for all. */
    private readonly isNewTable = false,
  ) {
    const columns = Object.entries(view.columns) as [string, { type: ColumnType }][];
    this.columns = columns.map(([name, { type }]) => [name, ENCODERS[type] ?? encodePlain]);
  }

  add({ key, scope, position, closed, opened }: Change): void {
    let last = this.last.get(key);
    if (!last) this.last.set(key, (last = { name: this.nameOf(key, scope), segment: undefined }));
    for (const segment of closed)
      if (segment.to === null && last.segment) {
        this.encode(last.name, last.segment, position);
        last.segment = undefined;
      } else this.closes.push({ key, segment, knownTo: position });
    for (const segment of opened)
      if (segment.to === null) last.segment = segment;
      else this.encode(last.name, segment, STILL_KNOWN);
  }

  /** Characters that wait to be sent. */
  get encodedLength(): number {
    return this.encoded.length;
  }

  async flushEncoded(client: pg.ClientBase): Promise<void> {
    const { encoded } = this;
    this.encoded = new EncodedText();
    if (encoded.length === 0) return;
    const names = [...ENGINE_COLUMNS, ...this.columns.map(([name]) => `"${name}"`)].join(', ');
    const stream = client.query(
      copyFrom(`COPY ${this.table} (${names}) FROM STDIN ${this.isNewTable ? '(FREEZE)' : ''}`),
    );
    await pipeline(encoded.end().chunks, stream);
  }

  async flush(client: pg.ClientBase): Promise<void> {
    await this.flushEncoded(client);
    if (this.closes.length > 0)
      await client.query(
        `UPDATE ${this.table} v SET known_to = c.known_to
           FROM unnest($1::text[], $2::bigint[], $3::date[], $4::bigint[]) c (key, known_from, effective_from, known_to)
          WHERE v.key = c.key AND v.known_from = c.known_from AND v.effective_from = c.effective_from`,
        [
          this.closes.map(({ key }) => key),
          this.closes.map(({ segment }) => segment.knownFrom),
          this.closes.map(({ segment }) => segment.from ?? '-infinity'),
          this.closes.map(({ knownTo }) => knownTo),
        ],
      );
    this.closes = [];
    for (const { name, segment } of this.last.values()) if (segment) this.encode(name, segment, STILL_KNOWN);
    this.last.clear();
    await this.flushEncoded(client);
  }

  private encode(name: string, segment: Segment<object>, knownTo: bigint): void {
    const { knownFrom, from, to, row } = segment;
    this.encoded.add(
      `${name}\t${knownFrom}\t${knownTo}\t${from ?? '-infinity'}\t${
        to ?? 'infinity'
      }${this.columnsOf(row!)}\n`,
    );
  }

  private nameOf(key: string, scope: string): string {
    const sortKey = (this.view.sortKey ?? paddedReference)(key);
    return `${escape(key)}\t${escape(scope)}\t${escape(sortKey)}`;
  }

  private columnsOf(row: object): string {
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
export const ENGINE_COLUMNS = [
  'key',
  'scope',
  'sort_key',
  'known_from',
  'known_to',
  'effective_from',
  'effective_to',
] as const;

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
