import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Registre } from '../registre/index.js';
import { Bus } from './bus.js';
import { ExpensiveReads } from './expensive-reads.js';
import { ReadHandler } from './reading.js';
import { RecordHandler } from './recording.js';

@Module({})
export class BusModule {
  /** Recording and reading over an open register. */
  static over(registre: Registre): DynamicModule {
    const open = { provide: Registre, useValue: registre };
    return {
      module: BusModule,
      imports: [CqrsModule.forRoot()],
      providers: [open, ExpensiveReads, RecordHandler, ReadHandler, Bus],
      exports: [open, Bus],
    };
  }
}
