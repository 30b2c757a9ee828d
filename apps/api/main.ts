import { readEnvironment } from '../../libs/config/index.js';
import { Registre } from '../../libs/registre/index.js';
import { report, service } from '../failure.js';
import { print } from '../output.js';
import { startServer } from './server.js';

/** The API alone: views are kept by `apps/projector`. */
await service(async () => {
  const environment = readEnvironment();
  const registre = await Registre.open(environment, { projects: false });
  const server = await startServer(registre, { ...environment, report });
  print(`API : ${server.url}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void server.close().then(() => registre.close()));
});
