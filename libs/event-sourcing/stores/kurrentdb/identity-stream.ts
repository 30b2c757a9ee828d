import { randomUUID } from 'node:crypto';
import { type AppendStreamState, jsonEvent, NO_STREAM } from '@kurrent/kurrentdb-client';
import type { LogIdentity } from '../../event-store.js';
import type { Connection } from './connection.js';
import { isConflict, translate, within } from './failures.js';
import type { Incoming } from './wire.js';

/** A stream of its own, outside our log, tells who the log is. Storage format: types and fields are never changed. */
type Told =
  | { readonly type: 'JournalIdentifie'; readonly data: { readonly id: string } }
  | { readonly type: 'CopieCommencee'; readonly data: { readonly de: string } }
  | { readonly type: 'CopieAbandonnee'; readonly data: Record<string, never> }
  | { readonly type: 'CopieTerminee'; readonly data: Record<string, never> };

export class IdentityStream {
  private readonly name: string;

  constructor(
    private readonly connection: Connection,
    prefix: string,
  ) {
    this.name = `${prefix}-identite`;
  }

  /** A log that has none gets one. */
  async identity(): Promise<LogIdentity> {
    const told = await this.read();
    if (told.length > 0) return identityFrom(told);
    try {
      await this.append({ type: 'JournalIdentifie', data: { id: randomUUID() } }, NO_STREAM);
    } catch (error) {
      // Another process may have been first.
      if (!isConflict(error)) throw translate(error);
    }
    return identityFrom(await this.read());
  }

  async tell(event: Told): Promise<void> {
    const { revision } = (await this.read()).at(-1)!;
    try {
      await this.append(event, revision);
    } catch (error) {
      throw translate(error);
    }
  }

  private read(): Promise<Incoming[]> {
    return this.connection.readStream(this.name);
  }

  private async append({ type, data }: Told, streamState: AppendStreamState): Promise<void> {
    const { client, deadline } = this.connection;
    const event = jsonEvent({ id: randomUUID(), type, data });
    await within(deadline, client.appendToStream(this.name, [event], { streamState }));
  }
}

function identityFrom(told: readonly Incoming[]): LogIdentity {
  const { id } = told[0]!.data as { id: string };
  const { type: last } = told.at(-1)!;
  const copie = told.findLast(({ type }) => type === 'CopieCommencee');
  const copyOf = copie && last !== 'CopieAbandonnee' ? (copie.data as { de: string }).de : undefined;
  return { id, complete: last !== 'CopieCommencee', ...(copyOf !== undefined && { copyOf }) };
}
