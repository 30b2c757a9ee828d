import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import {
  FichierModifie,
  importer,
  Registre,
  rooms,
  seanceFileJsonSchema,
} from '../../libs/registre/index.js';
import { fieldsOf } from '../../libs/room/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';
import { type Schema, valuesOf, type Vocabulary } from './requests.js';

const HEAD = { version: 1, comite: 'sifac', numero: 1, auteur: 'moi', seance: { jour: '2018-03-05' } };
const CLOSED = {
  ...HEAD,
  comiteInstitue: { nom: 'SIFAC' },
  personnes: [{ personne: 'p01', nom: 'X' }],
  ordreDuJour: [{ point: 'P1', titre: 'Bilan', issue: { issue: 'information', texte: 'Dit' } }],
  actions: [{ action: 'A1', intitule: 'Relancer', acteurs: ['Amue'] }],
  questions: [
    {
      decision: 'D1',
      sujet: 'civilite',
      intitule: 'Laquelle ?',
      options: [
        { option: 'oui', texte: 'Oui' },
        { option: 'non', texte: 'Non' },
      ],
    },
  ],
  ouverture: {},
  cloture: {},
};
const VOCABULARY: Vocabulary = {
  '': ['Amue', 'Relancer', 'fin mars 2018'],
  jour: ['2018-03-05'],
  du: ['2018-03-01'],
  le: ['2018-03-05'],
  echeance: ['fin mars 2018'],
  depuis: ['2018-01-01'],
  personne: ['p01', 'p07'],
  mandat: ['M1', 'M7'],
  point: ['P1', 'P7'],
  action: ['A1', 'A7'],
  decision: ['D1', 'D7'],
  sujet: ['civilite'],
  option: ['oui', 'non'],
  choix: ['oui'],
  evenement: ['sifac/1/A1@0'],
  // Of files that rest on a document.
  source: [],
};
const SAMPLES = 60;

/** Every part of a file, of whatever room: none adds anything to a séance that is closed. */
describe('a closed séance', () => {
  let database: TestDatabase;
  let registre: Registre;
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    await importer(registre, 'close.yaml', JSON.stringify(CLOSED), { sources: [] });
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });

  const { properties, $defs = {} } = seanceFileJsonSchema() as {
    properties: Record<string, Schema>;
    $defs?: Record<string, Schema>;
  };
  const fields = rooms.flatMap((room) => fieldsOf(room, 'sifac/1').map(([field]) => field));
  /** Who came is told by the opening, and that alone says nothing new. */
  const saysNothingAlone = ['presences', 'ouverture'];

  it.each(fields)('takes nothing more in its file under %s', async (field) => {
    const writing = { vocabulary: VOCABULARY, schemas: $defs, strays: false };
    const parts = fc.sample(valuesOf(properties[field]!, field, writing), { numRuns: SAMPLES, seed: 7 });
    const head = await registre.store.head();
    const outcomes = new Set<string>();
    for (const part of parts) {
      const file = JSON.stringify({ ...HEAD, [field]: part });
      const error: unknown = await importer(registre, 'encore.yaml', file, { sources: [] }).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      if (error instanceof InvalidInput)
        for (const { message } of error.issues)
          outcomes.add(/\[([\w-]+)\]$/.exec(message)?.[1] ?? 'invalide');
      else if (error instanceof FichierModifie) outcomes.add('modifie');
      else if (error instanceof Error) throw error;
    }
    expect(await registre.store.head()).toBe(head);
    if (!saysNothingAlone.includes(field))
      expect([...outcomes]).toContainEqual(expect.stringMatching(/^(seance-close|modifie)$/));
  });
});
