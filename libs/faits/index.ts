export * from './date-floue.js';
export * from './reference.js';
export * from './schemas.js';
export * from './recu.js';
