export * from './date-floue.js';
export * from './reference.js';
export * from './schemas.js';
export * from './taken.js';
export * from './name.js';
export { spoken, type Where } from './spoken.js';
