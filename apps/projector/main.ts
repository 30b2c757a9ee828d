import { readEnvironment } from '../../libs/config/index.js';
import { Registre } from '../../libs/registre/index.js';
import { report, service } from '../failure.js';
import { note, print } from '../output.js';

/** The projector alone: keeps the views equal to the log until it is told to stop. */
await service(async () => {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const registre = await Registre.open(readEnvironment(), {
    projects: false,
    onError: report,
    onParked: (view, stream, error) => note(`La vue ${view} met ${stream} de côté : ${String(error)}`),
  });
  print('Les vues sont tenues à jour ; SIGTERM ou Ctrl-C pour arrêter.');
  await registre.projector.run(stop.signal);
  await registre.close();
});
