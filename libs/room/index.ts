export * from './allocation.js';
export * from './room.js';
export * from './instruction.js';
export { distinct, RoomsClash } from './distinct.js';
