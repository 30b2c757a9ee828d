export * from './database.js';
export { EmbeddedDatabaseError } from './embedded-binaries.js';
export * from './embedded-postgres.js';
export * from './environment.js';
