export * from './date-floue.js';
export * from './reference.js';
export * from './schemas.js';
export * from './simple.js';
export * from './taken.js';
export * from './name.js';
export * from './periode.js';
export * from './exact.js';
export { spoken, spokenAt, type Where } from './spoken.js';
