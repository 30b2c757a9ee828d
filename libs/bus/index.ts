export { Bus } from './bus.js';
export { BusModule } from './bus.module.js';
export { TooManyWaiting } from './expensive-reads.js';
export type { Asker } from './recording.js';
