import type { Handled } from '../../libs/event-sourcing/index.js';
import { ligneDe, nomDe } from '../../libs/registre/index.js';

/** `pointDeVue` → `point-de-vue` */
export const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An event that was just recorded, as people read it. */
export const phraseOf = (event: Handled['recorded'][number]): string =>
  ligneDe({ ...event, position: 0n, recordedAt: new Date(0) }).sentence;

export const sentenceOf = (event: Handled['recorded'][number]): string =>
  `${nomDe(event)}  ${phraseOf(event)}`;
