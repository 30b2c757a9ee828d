export * from './copy.js';
export * from './empreinte.js';
