import { Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Registre } from '../registre/index.js';
import { ReadQuery } from './reading.js';
import { RecordCommand, type Recording, type Results } from './recording.js';

/** What each door records and reads by: one command, one query. */
@Injectable()
export class Bus {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  record<R extends Recording>(recording: R): Promise<Results[R['what']]> {
    return this.commands.execute(new RecordCommand<R>(recording));
  }

  /** @throws TooManyWaiting where what is expensive has no room to wait */
  read<T>(
    what: string,
    read: (registre: Registre) => Promise<T>,
    { expensive = false }: { readonly expensive?: boolean } = {},
  ): Promise<T> {
    return this.queries.execute(new ReadQuery<T>(what, read, expensive));
  }
}
