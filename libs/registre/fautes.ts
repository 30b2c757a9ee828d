import type { Fault } from '../event-sourcing/index.js';

/** What is wrong with what stands in the log and is none of our events. */
export const FAUTES: Readonly<Record<Fault, string>> = {
  'no-metadata': 'sans métadonnées',
  metadata: 'ses métadonnées ne sont pas celles d’un événement de Minutier',
  data: 'sans données lisibles',
  content: 'son contenu n’est pas celui que Minutier a enregistré',
  'unknown-type': 'd’un type que Minutier n’a pas écrit',
  deleted: 'son flux a été supprimé',
  truncated: 'son flux a été tronqué',
  'whole-again': 'son flux n’est plus ni supprimé ni tronqué',
};
