import { type DynamicModule, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { providers, publicControllers, versionedControllers } from '../../libs/http/index.js';
import { Registre } from '../../libs/registre/index.js';

@Module({})
export class AppModule {
  /** The API over an open register. */
  static over(registre: Registre): DynamicModule {
    return {
      module: AppModule,
      imports: [CqrsModule.forRoot()],
      controllers: [...publicControllers, ...versionedControllers],
      providers: [{ provide: Registre, useValue: registre }, ...providers],
    };
  }
}
