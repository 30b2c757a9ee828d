import { readEnvironment } from '../../libs/config/index.js';
import { Registre } from '../../libs/registre/index.js';

/** The projector alone: keeps the views equal to the log until it is told to stop. */
const report = (error: unknown): void => console.error(error);
const registre = await Registre.open(readEnvironment(), {
  projects: false,
  onError: report,
  onParked: (view, stream, error) => report(`view ${view} set ${stream} aside: ${String(error)}`),
});
console.log('Les vues sont tenues à jour ; SIGTERM ou Ctrl-C pour arrêter.');
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
await registre.projector.run(stop.signal);
await registre.close();
