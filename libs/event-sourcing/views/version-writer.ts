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
 * Collects the versions of one view and writes them in bulk. A version that opens and closes between two
 * flushes is written once.
 */
export class VersionWriter {
  private readonly open = new Map<string, Version>();
  private done: Version[] = [];
  private closesOfStored: { key: string; segment: Segment<object>; knownTo: bigint }[] = [];

  constructor(
    private readonly view: AnyView,
    private readonly table: string,
  ) {}

  add({ address: { key, scope }, position, closed, opened }: Change): void {
    for (const segment of closed) {
      const id = versionId(key, segment);
      const version = this.open.get(id);
      if (version) this.done.push({ ...version, knownTo: position });
      else this.closesOfStored.push({ key, segment, knownTo: position });
      this.open.delete(id);
    }
    for (const segment of opened)
      this.open.set(versionId(key, segment), { key, scope, segment, knownTo: STILL_KNOWN });
  }

  get finishedVersions(): number {
    return this.done.length;
  }

  /** Writes the versions that will not change again. */
  async flushFinished(client: pg.ClientBase): Promise<void> {
    await this.copy(client, this.done);
    this.done = [];
  }

  async flush(client: pg.ClientBase): Promise<void> {
    if (this.closesOfStored.length > 0)
      await client.query(
        `UPDATE ${this.table} v SET known_to = c.known_to
           FROM unnest($1::text[], $2::bigint[], $3::date[], $4::bigint[]) c (key, known_from, effective_from, known_to)
          WHERE v.key = c.key AND v.known_from = c.known_from AND v.effective_from = c.effective_from`,
        [
          this.closesOfStored.map(({ key }) => key),
          this.closesOfStored.map(({ segment }) => segment.knownFrom),
          this.closesOfStored.map(({ segment }) => segment.from ?? '-infinity'),
          this.closesOfStored.map(({ knownTo }) => knownTo),
        ],
      );
    this.closesOfStored = [];
    await this.copy(client, [...this.done, ...this.open.values()]);
    this.done = [];
    this.open.clear();
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

const COPY_CHUNK = 64 * 1024;

export const ENGINE_COLUMNS = [
  'key',
  'scope',
  'sort_key',
  'known_from',
  'known_to',
  'effective_from',
  'effective_to',
] as const;

const versionId = (key: string, { knownFrom, from }: Segment<object>): string =>
  `${key}\u0001${knownFrom}\u0001${from ?? ''}`;

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
