import {
  ANNULMENT,
  categoryOf,
  contentDigest,
  inTodaysFormat,
  NewerFact,
  parseInput,
  type Recorded,
  referenceOf,
} from '../event-sourcing/index.js';
import { kinds } from '../registre/index.js';

/**
 * What is restored is looked at as strictly as what is recorded: a stream of ours, a fact of its kind, data of
 * its schema, text that can be stored, and the content that its digest was made of.
 * @param fault makes the error of a sentence
 */
export function requireRestorable(event: Recorded, fault: (message: string) => Error): void {
  const { stream, type, data, metadata } = event;
  const kind = kinds.find(({ category }) => category === categoryOf(stream));
  if (!kind?.name.pattern.test(referenceOf(stream))) throw fault(`${stream} n’est pas un flux de Minutier`);
  if (/\\u0000/.test(JSON.stringify([type, data, metadata]).replaceAll('\\\\', '')))
    throw fault(`${type} contient un caractère nul`);
  if (metadata.digest !== undefined && metadata.digest !== contentDigest(stream, event))
    throw fault(`${type} n’a pas le contenu qui a été enregistré`);
  if (type === ANNULMENT) {
    if (!metadata.corrects) throw fault('une annulation ne dit pas ce qu’elle annule');
    if (typeof (data as { motif?: unknown }).motif !== 'string') throw fault('une annulation sans motif');
    return;
  }
  const read = lireOuRefuser(event, kind.facts, fault);
  const parsed = parseInput(kind.facts[read.type]!.schema, read.data);
  if (!parsed.success) throw fault(`${type} : ${parsed.issues[0]!.path} : ${parsed.issues[0]!.message}`);
}

function lireOuRefuser(
  event: Recorded,
  facts: (typeof kinds)[number]['facts'],
  fault: (message: string) => Error,
): Recorded {
  try {
    const read = inTodaysFormat(facts, event);
    if (read) return read;
  } catch (error) {
    if (!(error instanceof NewerFact)) throw error;
    throw fault(
      `${event.type} (version ${event.version}) vient d’une version plus récente de Minutier : mettez celle-ci à jour`,
    );
  }
  throw fault(`${event.type} (version ${event.version}) n’est d’aucun type de Minutier`);
}
