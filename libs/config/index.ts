export * from './database.js';
export { EmbeddedDatabaseError } from './embedded-binaries.js';
export * from './embedded-postgres.js';
export * from './environment.js';
export * from './external-database.js';
export { type Database, DatabaseRoleMissing, type Migration, type OwnDatabase } from './sessions.js';
