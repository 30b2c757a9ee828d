import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Change } from './key-timeline.js';
import type { AnyView, ColumnType, Segment } from './view.js';
import { paddedReference } from './view.js';

/** The largest bigint: "known until now". */
export const STILL_KNOWN = 9223372036854775807n;

interface Version {
  readonly key: string;
  readonly scope: string;
  readonly segment: Segment<object>;
  readonly knownTo: bigint;
}

/**
 * Collects the versions of one view and writes them in bulk. The last segment of a key, which the next event
 * will close, waits until it is closed or until the flush; the others are written as they come.
 */
export class VersionWriter {
  private readonly last = new Map<string, Version>();
  private ready: Version[] = [];
  private closes: { key: string; segment: Segment<object>; knownTo: bigint }[] = [];

  constructor(
    private readonly view: AnyView,
    private readonly table: string,
  ) {}

  /** Refuses a row that the table could not take, before anything of it is written. */
  check({ address: { key }, opened }: Change): void {
    if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new UnwritableRow(`key of ${key.length} characters`);
    for (const { row } of opened)
      for (const [name, { type }] of Object.entries(this.view.columns) as [string, { type: ColumnType }][]) {
        const value = (row as Record<string, unknown>)[name];
        if (value === null || value === undefined) continue;
        if (type === 'integer' && !(Number.isInteger(value) && Math.abs(value as number) <= MAX_INTEGER))
          throw new UnwritableRow(`${name} is no 32-bit integer: ${String(value)}`);
        if (type === 'date' && !/^[1-9]\d{3}-\d\d-\d\d$/.test(String(value)))
          throw new UnwritableRow(`${name} is no day: ${String(value)}`);
      }
  }

  add({ address: { key, scope }, position, closed, opened }: Change): void {
    for (const segment of closed) {
      const waiting = segment.to === null ? this.last.get(key) : undefined;
      if (waiting) {
        this.ready.push({ ...waiting, knownTo: position });
        this.last.delete(key);
      } else this.closes.push({ key, segment, knownTo: position });
    }
    for (const segment of opened) {
      const version = { key, scope, segment, knownTo: STILL_KNOWN };
      if (segment.to === null) this.last.set(key, version);
      else this.ready.push(version);
    }
  }

  get readyVersions(): number {
    return this.ready.length;
  }

  async flushReady(client: pg.ClientBase): Promise<void> {
    const versions = this.ready;
    this.ready = [];
    await this.copy(client, versions);
  }

  async flush(client: pg.ClientBase): Promise<void> {
    await this.flushReady(client);
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
    await this.copy(client, [...this.last.values()]);
    this.last.clear();
  }

  private async copy(client: pg.ClientBase, versions: readonly Version[]): Promise<void> {
    if (versions.length === 0) return;
    const columns = Object.entries(this.view.columns) as [string, { type: ColumnType }][];
    const names = [...ENGINE_COLUMNS, ...columns.map(([name]) => `"${name}"`)].join(', ');
    const stream = client.query(copyFrom(`COPY ${this.table} (${names}) FROM STDIN`));
    const sortKey = this.view.sortKey ?? paddedReference;
    let buffer = '';
    for (const { key, scope, segment, knownTo } of versions) {
      const row = segment.row as Record<string, unknown>;
      buffer += `${escape(key)}\t${escape(scope)}\t${escape(sortKey(key))}\t${segment.knownFrom}\t${knownTo}\t${
        segment.from ?? '-infinity'
      }\t${segment.to ?? 'infinity'}`;
      for (const [name, { type }] of columns) buffer += `\t${encode(row[name], type)}`;
      buffer += '\n';
      if (buffer.length > COPY_CHUNK) {
        if (!stream.write(buffer)) await once(stream, 'drain');
        buffer = '';
      }
    }
    stream.end(buffer);
    await finished(stream);
  }
}

const COPY_CHUNK = 256 * 1024;
const MAX_KEY_BYTES = 1000;
const MAX_INTEGER = 2_147_483_647;

export class UnwritableRow extends Error {
  override readonly name = 'UnwritableRow';
}

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

const escape = (text: string): string =>
  /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (char) => ESCAPES[char]!) : text;

/** One value in the text format of COPY. */
function encode(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return '\\N';
  if (type === 'json') return escape(JSON.stringify(value));
  if (type === 'text[]')
    return escape(`{${(value as string[]).map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`);
  return escape(String(value));
}
