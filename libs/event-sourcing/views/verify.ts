import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { type Day, type Recorded, referenceOf } from '../event.js';
import type { EventStore } from '../event-store.js';
import type { AnyStreamKind } from '../stream-kind.js';
import { unavailableOr } from '../postgres.js';
import { stateAt, standingAmong } from '../timeline.js';
import { ENGINE_COLUMNS } from './bulk-rows.js';
import { Folder } from './folder.js';
import { type Generation, liveGenerations, tableOf } from './generations.js';
import { LogReader } from './log-reader.js';
import type { Segment, AnyView, ViewEvent } from './view.js';
import { STILL_KNOWN } from './version-writer.js';

const PAGE = 500;
const FAULTS_SHOWN = 50;

/** A row that is not what the log tells. */
export interface WrongRow {
  readonly view: string;
  readonly key: string;
  readonly fault: 'changed' | 'missing' | 'unknown';
  /** Where it was seen: P, and D where one was asked. */
  readonly position: bigint;
  readonly effectiveOn: Day | null;
  /** What the table holds, and what the log tells; null where there is none. */
  readonly found: object | null;
  readonly told: object | null;
}

export interface Verified {
  readonly position: bigint;
  readonly streams: number;
  /** Versions that were compared one by one. */
  readonly versions: number;
  /** Bases (P, D) on which rows were compared with the law itself. */
  readonly bases: number;
  readonly wrong: readonly WrongRow[];
}

export interface VerifyOptions {
  /** How many bases of each view; without it, every version of every row is compared too. */
  readonly sample?: number | undefined;
  /** From 0 to 1, for the bases. */
  readonly random?: () => number;
  onProgress?(progress: { view: string; position: bigint; head: bigint }): void;
}

type Version = Segment<object> & { readonly knownTo: bigint };
type Table = Map<string, Version[]>;

/**
 * Compares the live rows of views with the log: on random bases (P, D) with a replay by the law, which knows
 * nothing of the engine, and, unless only a sample is asked for, version by version with a fold from nothing.
 */
export async function verifyViews(
  store: EventStore,
  pool: pg.Pool,
  views: readonly AnyView[],
  kinds: readonly AnyStreamKind[],
  options: VerifyOptions = {},
): Promise<Verified> {
  const log = new LogReader(store, kinds);
  const client = await pool.connect();
  try {
    // One snapshot: projectors may go on meanwhile.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    const live = await liveGenerations(client, views);
    const checker = new Checker(client, views, options);
    const upTo = live.reduce((max, { checkpoint }) => (checkpoint > max ? checkpoint : max), 0n);
    const streams = new Map<string, ViewEvent[]>();
    for (let position = 0n; position < upTo;) {
      const page = await log.pageAfter(position, PAGE);
      if (page.length === 0) break;
      position = page.position;
      for (const event of page.events) {
        if (event.position > upTo) continue;
        const its = streams.get(event.stream);
        if (its) its.push(event);
        else streams.set(event.stream, [event]);
      }
      options.onProgress?.({ view: 'relecture', position, head: upTo });
    }
    for (const one of live) await checker.check(one, streams);
    await client.query('COMMIT');
    return { position: upTo, streams: streams.size, ...checker.found() };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw unavailableOr(error);
  } finally {
    client.release();
  }
}

class Checker {
  private versions = 0;
  private bases = 0;
  private readonly wrong: WrongRow[] = [];

  constructor(
    private readonly client: pg.ClientBase,
    private readonly views: readonly AnyView[],
    private readonly options: VerifyOptions,
  ) {}

  found() {
    const { versions, bases, wrong } = this;
    return { versions, bases, wrong };
  }

  async check(one: Generation, streams: ReadonlyMap<string, readonly ViewEvent[]>): Promise<void> {
    const view = this.views.find(({ name }) => name === one.view)!;
    const parked = new Set(one.parked);
    const own = [...streams]
      .filter(
        ([stream]) => !parked.has(stream) && view.categories.includes(stream.slice(0, stream.indexOf('-'))),
      )
      .map(
        ([stream, events]) => [stream, events.filter(({ position }) => position <= one.checkpoint)] as const,
      )
      .filter(([, events]) => events.length > 0);
    const { sample } = this.options;
    const whole = own.map(
      ([stream, events]) =>
        () =>
          this.foldOf(view, stream, events),
    );
    if (sample !== undefined) {
      for (let n = 0; n < sample && own.length > 0; n += 1) {
        const fold = await whole[Math.floor(this.random() * own.length)]!();
        this.compareAt(fold, await this.rowsOf(view, one.generation, [...fold.told.keys()]));
      }
      return;
    }
    const known = new Set<string>();
    for (const folding of whole) {
      const fold = await folding();
      const table = await this.rowsOf(view, one.generation, [...fold.told.keys()]);
      for (const key of fold.told.keys()) known.add(key);
      this.compareVersions(fold, table);
      this.compareAt(fold, table);
    }
    // What is known of a parked stream stops where it was parked: `doctor` tells of it.
    for (const stream of parked)
      for (const key of (await this.foldOf(view, stream, streams.get(stream) ?? [])).told.keys())
        known.add(key);
    const { rows } = await this.client.query<{ key: string }>(
      `SELECT DISTINCT key FROM ${tableOf(view.name, one.generation)}`,
    );
    const strangers = rows.map(({ key }) => key).filter((key) => !known.has(key));
    for (const [key, versions] of await this.rowsOf(view, one.generation, strangers))
      this.tellOf(view, key, 'unknown', versions[0]!, versions[0]!.row, null);
  }

  /** What the engine makes of a history, from nothing. */
  private async foldOf(view: AnyView, stream: string, events: readonly ViewEvent[]): Promise<Fold> {
    const folder = new Folder(view, (_, revision) =>
      Promise.resolve(events.filter((event) => event.revision <= revision)),
    );
    const { changes } = await folder.fold(events, new Set());
    const told: Table = new Map();
    for (const { key, position, closed, opened } of changes.get(stream) ?? []) {
      const left = (told.get(key) ?? []).map((version) =>
        version.knownTo === STILL_KNOWN &&
        closed.some(({ knownFrom, from }) => knownFrom === version.knownFrom && from === version.from)
          ? { ...version, knownTo: position }
          : version,
      );
      told.set(key, [...left, ...opened.map((segment) => ({ ...segment, knownTo: STILL_KNOWN }))]);
    }
    return { view, stream, events, told };
  }

  private compareVersions({ view, told }: Fold, table: Table): void {
    for (const [key, should] of told) {
      const is = table.get(key) ?? [];
      this.versions += should.length;
      for (const version of should) {
        const twin = is.find((other) => sameRange(version, other));
        if (!twin) this.tellOf(view, key, 'missing', version, null, version.row);
        else if (!isDeepStrictEqual(twin.row, plain(view, version.row!)))
          this.tellOf(view, key, 'changed', version, twin.row, version.row);
      }
      for (const version of is)
        if (!should.some((other) => sameRange(version, other)))
          this.tellOf(view, key, 'unknown', version, version.row, null);
    }
  }

  /** With the law itself, which knows nothing of the engine. */
  private compareAt({ view, stream, events, told }: Fold, table: Table): void {
    const any = <T>(all: readonly T[]): T => all[Math.floor(this.random() * all.length)]!;
    const { position } = any(events);
    const day = any([undefined, ...events.map(({ metadata }) => metadata.effectiveOn)]);
    this.bases += 1;
    const law = lawAt(view, stream, events, position, day);
    for (const key of new Set([...told.keys(), ...law.keys()])) {
      const found = (table.get(key) ?? []).find(
        ({ knownFrom, knownTo, from, to }) =>
          knownFrom <= position &&
          knownTo > position &&
          (day === undefined ? to === null : (from === null || from <= day) && (to === null || to > day)),
      );
      const should = law.get(key);
      if (isDeepStrictEqual(found?.row, should && plain(view, should))) continue;
      const fault = !found ? 'missing' : !should ? 'unknown' : 'changed';
      const effectiveOn = day ?? null;
      this.tell({
        view: view.name,
        key,
        fault,
        position,
        effectiveOn,
        found: found?.row ?? null,
        told: should ?? null,
      });
    }
  }

  private tellOf(
    { name: view }: AnyView,
    key: string,
    fault: WrongRow['fault'],
    { knownFrom: position, from: effectiveOn }: Version,
    found: object | null | undefined,
    told: object | null | undefined,
  ): void {
    this.tell({ view, key, fault, position, effectiveOn, found: found ?? null, told: told ?? null });
  }

  private tell(wrong: WrongRow): void {
    if (this.wrong.length < FAULTS_SHOWN) this.wrong.push(wrong);
  }

  private get random(): () => number {
    return this.options.random ?? Math.random;
  }

  private async rowsOf(view: AnyView, generation: bigint, keys: readonly string[]): Promise<Table> {
    const table: Table = new Map();
    if (keys.length === 0) return table;
    const names = Object.keys(view.columns);
    const { rows } = await this.client.query<Record<string, unknown> & { key: string }>(
      `SELECT ${[...ENGINE_COLUMNS, ...names.map((name) => `"${name}"`)].join(', ')}
         FROM ${tableOf(view.name, generation)} WHERE key = ANY ($1)`,
      [keys],
    );
    for (const raw of rows) {
      const version = {
        knownFrom: raw.known_from as bigint,
        knownTo: raw.known_to as bigint,
        from: raw.effective_from === '-infinity' ? null : (raw.effective_from as Day),
        to: raw.effective_to === 'infinity' ? null : (raw.effective_to as Day),
        row: plain(view, Object.fromEntries(names.map((name) => [name, raw[name]]))),
      };
      const versions = table.get(raw.key);
      if (versions) versions.push(version);
      else table.set(raw.key, [version]);
    }
    return table;
  }
}

interface Fold {
  readonly view: AnyView;
  readonly stream: string;
  readonly events: readonly ViewEvent[];
  /** The versions that the log tells, by key. */
  readonly told: Table;
}

const sameRange = (a: Version, b: Version): boolean =>
  a.knownFrom === b.knownFrom && a.knownTo === b.knownTo && a.from === b.from && a.to === b.to;

function lawAt(
  view: AnyView,
  stream: string,
  events: readonly ViewEvent[],
  position: bigint,
  effectiveOn: Day | undefined,
): Map<string, object> {
  const standing = standingAmong(events, position);
  const state: unknown = stateAt(
    events as readonly Recorded[],
    view.initial as unknown,
    (before, event) =>
      view.evolve(before, event as Recorded, standing.originOf(event as ViewEvent)) as unknown,
    { position, ...(effectiveOn !== undefined && { effectiveOn }) },
  );
  return new Map(view.rows(state, referenceOf(stream)) as Iterable<readonly [string, object]>);
}

/** A row as the database gives it back: JSON, days and numbers as text, null for what is absent. */
function plain(view: AnyView, row: object): object {
  return Object.fromEntries(
    Object.entries(view.columns as Record<string, { type: string }>).map(([name, { type }]) => {
      const value = (row as Record<string, unknown>)[name];
      if (value === null || value === undefined) return [name, null];
      if (type === 'bigint') return [name, String(value)];
      return [name, type === 'json' ? (JSON.parse(JSON.stringify(value)) as unknown) : value];
    }),
  );
}
