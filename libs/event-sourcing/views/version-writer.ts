import type pg from 'pg';
import type { BulkRows, Named } from './bulk-rows.js';
import type { Change } from './stream-fold.js';
import type { AnyView, Segment } from './view.js';
import { paddedReference } from './view.js';

/** The largest bigint: "known until now". */
export const STILL_KNOWN = 9223372036854775807n;

/** The last segment of a key, and what all versions of the key share. */
interface Waiting {
  readonly named: Named;
  segment: Segment<object> | undefined;
}

/**
 * Collects the versions of one view and writes them in bulk. The last segment of a key, which the next event
 * will close, waits until it is closed or until the flush; the others are encoded as they come.
 */
export class VersionWriter {
  private readonly last = new Map<string, Waiting>();
  private closes: { key: string; segment: Segment<object>; knownTo: bigint }[] = [];

  constructor(
    private readonly view: AnyView,
    private readonly table: string,
    private readonly rows: BulkRows,
  ) {}

  add({ key, scope, position, closed, opened }: Change): void {
    let last = this.last.get(key);
    if (!last) {
      const sortKey = (this.view.sortKey ?? paddedReference)(key);
      this.last.set(key, (last = { named: { key, scope, sortKey }, segment: undefined }));
    }
    for (const segment of closed)
      if (segment.to === null && last.segment) {
        this.rows.add(last.named, last.segment, position);
        last.segment = undefined;
      } else this.closes.push({ key, segment, knownTo: position });
    for (const segment of opened)
      if (segment.to === null) last.segment = segment;
      else this.rows.add(last.named, segment, STILL_KNOWN);
  }

  /** Characters that wait to be sent. */
  get encodedLength(): number {
    return this.rows.length;
  }

  async flushEncoded(client: pg.ClientBase): Promise<void> {
    await this.rows.flush(client);
  }

  async flush(client: pg.ClientBase): Promise<void> {
    await this.rows.flush(client);
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
    for (const { named, segment } of this.last.values())
      if (segment) this.rows.add(named, segment, STILL_KNOWN);
    this.last.clear();
    await this.rows.flush(client);
  }
}
