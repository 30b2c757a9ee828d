import type { Change } from './stream-fold.js';
import type { AnyView, ColumnType } from './view.js';

const MAX_KEY_BYTES = 1000;
const MAX_INTEGER = 2_147_483_647;
const MAX_BIGINT = 9223372036854775807n;

const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');

/** A day of the calendar that PostgreSQL takes, and no other. */
function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[1-9]\d{3}-\d\d-\d\d$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}

const FITS: Record<ColumnType, (value: unknown) => boolean> = {
  text: isText,
  integer: (value) => Number.isInteger(value) && Math.abs(value as number) <= MAX_INTEGER,
  bigint: (value) =>
    /^-?\d{1,19}$/.test(String(value)) &&
    BigInt(String(value)) <= MAX_BIGINT &&
    BigInt(String(value)) >= -MAX_BIGINT,
  numeric: (value) => typeof value === 'string' && /^-?\d{1,30}(\.\d{1,10})?$/.test(value),
  boolean: (value) => typeof value === 'boolean',
  date: isDay,
  'text[]': (value) => Array.isArray(value) && value.every(isText),
  json: (value) => JSON.stringify(value) !== undefined,
};

export class UnwritableRow extends Error {
  override readonly name = 'UnwritableRow';
}

/** Whether the table of a view takes what its rows say: told before anything of it is written. */
export class RowCheck {
  private readonly columns: readonly (readonly [name: string, fits: (value: unknown) => boolean])[];

  constructor({ columns }: AnyView) {
    this.columns = Object.entries(columns as Record<string, { type: ColumnType }>).map(
      ([name, { type }]) => [name, FITS[type]] as const,
    );
  }

  /** @throws UnwritableRow */
  check({ key, opened }: Change): void {
    if (Buffer.byteLength(key) > MAX_KEY_BYTES || !isText(key))
      throw new UnwritableRow(`key of ${key.length} characters`);
    for (const { row } of opened)
      for (const [name, fits] of this.columns) {
        const value = (row as Record<string, unknown>)[name];
        if (value === null || value === undefined || fits(value)) continue;
        throw new UnwritableRow(`${name} of ${key} does not fit: ${String(value).slice(0, 100)}`);
      }
  }
}
