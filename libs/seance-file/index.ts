export * from './evidence.js';
export * from './import.js';
export { FichierModifie } from './refused.js';
export * from './seance-file.js';
export * from './template.js';
export * from './withdrawal.js';
