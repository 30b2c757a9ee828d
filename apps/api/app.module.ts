import { type DynamicModule, Module } from '@nestjs/common';
import { BusModule } from '../../libs/bus/index.js';
import { publicControllers, versionedControllers } from '../../libs/http/index.js';
import type { Registre } from '../../libs/registre/index.js';

@Module({})
export class AppModule {
  /** The API over an open register. */
  static over(registre: Registre): DynamicModule {
    return {
      module: AppModule,
      imports: [BusModule.over(registre)],
      controllers: [...publicControllers, ...versionedControllers],
    };
  }
}
