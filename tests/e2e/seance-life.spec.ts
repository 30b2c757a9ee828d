import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { type TestDatabase, testDatabase } from '../support/test-database.js';
import { readView, Registre, viewNamed } from '../../libs/registre/index.js';
import { FichierModifie, importFile, modele } from '../../libs/seance-file/index.js';

/** A séance's file as its secretary fills it, more and more. */
const announced = (comite: string, more: object = {}) => ({
  version: 1,
  comite,
  numero: 1,
  auteur: 'secretariat',
  comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
  seance: { jour: '15/10/2018' },
  membres: [
    { mandat: 'M1', personne: 'p1', nom: '[personne 01]', institution: 'Amue' },
    { mandat: 'M2', personne: 'p2', nom: '[personne 02]', institution: 'Lyon' },
  ],
  ordreDuJour: [
    { point: 'P1', titre: 'Suivi', issue: null as object | null },
    { point: 'P2', titre: 'Plan', issue: null as object | null },
  ],
  ouverture: null as object | null,
  cloture: null as object | null,
  ...more,
});

const held = (comite: string, jour: string) => ({
  ...announced(comite),
  seance: { jour },
  membres: [
    { mandat: 'M1', personne: 'p1', nom: '[personne 01]', institution: 'Amue', presence: 'present' },
    { mandat: 'M2', personne: 'p2', nom: '[personne 02]', institution: 'Lyon', presence: 'excuse' },
  ],
  ordreDuJour: [
    { point: 'P1', titre: 'Suivi', issue: { issue: 'information', texte: 'Dit.' } },
    { point: 'P2', titre: 'Plan', issue: { issue: 'decision', texte: 'Adopté.' } },
  ],
  ouverture: {},
  actions: [{ action: 'A1', intitule: 'Écrire la note', acteurs: ['Amue'] }],
});

describe('a séance, from its convocation on', () => {
  let database: TestDatabase;
  let registre: Registre;
  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });
  const record = (file: object) => importFile(registre, 'seance.yaml', stringify(file), { sources: [] });
  const recorded = async (file: object) =>
    (await record(file)).handled.recorded.map(({ stream, type }) => `${stream.split('-')[0]} ${type}`);
  const seance = async (reference: string, effectiveAt?: string) =>
    (
      await readView(registre, viewNamed('seances'), { effectiveAt, comite: reference.split('/')[0] })
    ).items.find((one) => one.reference === reference) as any;

  it('is filled in and recorded again in the same file, on the day on which it was really held', async () => {
    await record(announced('convoque'));
    expect(await seance('convoque/1')).toMatchObject({ statut: 'planifiee', jour: { texte: '15/10/2018' } });
    expect(await recorded({ ...held('convoque', '27/09/2018'), cloture: {} })).toEqual(
      expect.arrayContaining(['seance SeanceDatee', 'seance SeanceOuverte', 'seance SeanceCloturee']),
    );
    for (const day of ['2018-09-27', '2018-10-15', undefined])
      expect(await seance('convoque/1', day)).toMatchObject({
        statut: 'close',
        jourAuPlusTot: '2018-09-27',
      });
    expect(await seance('convoque/1', '2018-09-26')).toBeUndefined();
    const again = await record({ ...held('convoque', '27/09/2018'), cloture: {} });
    expect([again.handled.recorded, again.horsFichier]).toEqual([[], []]);
  });

  it('is dated as often as its day changes, and back', async () => {
    for (const jour of ['01/10/2018', '08/10/2018', '01/10/2018']) {
      await record(announced('mobile', { seance: { jour } }));
      expect((await seance('mobile/1')).jour.texte).toBe(jour);
      expect(await recorded(announced('mobile', { seance: { jour } }))).toEqual([]);
    }
    expect((await registre.store.readStream('seance-mobile/1')).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['SeancePlanifiee', 'SeanceDatee', 'SeanceDatee']),
    );
    await record({ ...held('mobile', '05/10/2018'), cloture: {} });
    expect(await seance('mobile/1', '2018-10-05')).toMatchObject({ statut: 'close' });
    expect(await recorded({ ...held('mobile', '05/10/2018'), cloture: {} })).toEqual([]);
  });

  it('says more as more of it is known, as long as it is not closed; said otherwise, it is told', async () => {
    const opened = held('peu', '27/09/2018');
    const unknown = opened.membres.map(({ presence: _, ...one }) => one);
    await record({ ...opened, membres: unknown });
    expect((await seance('peu/1')).presences).toEqual(
      [
        { personne: 'p1', presence: 'inconnue' },
        { personne: 'p2', presence: 'inconnue' },
      ].map((one) => ({ ...one, personne: `peu/${one.personne}` })),
    );
    const said = { ...opened, actions: [{ ...opened.actions[0], echeance: 'fin décembre 2018' }] };
    expect(await recorded(said)).toEqual(['seance SeanceOuverte', 'action ActionDecidee']);
    expect((await seance('peu/1')).presences.map((one: any) => one.presence)).toEqual(['present', 'excuse']);
    expect(await recorded(said)).toEqual([]);
    // What was recorded once is known, and takes nothing back.
    expect(await recorded({ ...opened, membres: unknown })).toEqual([]);
    expect((await seance('peu/1')).presences.map((one: any) => one.presence)).toEqual(['present', 'excuse']);
    const otherwise = opened.membres.map((one) => ({ ...one, presence: 'absent' }));
    await expect(record({ ...said, membres: otherwise })).rejects.toThrow(FichierModifie);
    await expect(
      record({ ...said, actions: [{ ...said.actions[0], echeance: 'fin décembre 2019' }] }),
    ).rejects.toThrow(FichierModifie);
    await record({ ...said, cloture: {} });
    const more = { ...said.actions[0], projet: 'ROF' };
    await expect(record({ ...said, cloture: {}, actions: [more] })).rejects.toThrow(FichierModifie);
  });

  it('was announced by the séance before, of which its own file need not speak', async () => {
    await record({
      ...held('suite', '27/09/2018'),
      prochaine: { numero: 2, jour: '15/12/2018' },
      cloture: {},
    });
    const next = (await modele(registre, 'suite')) as Record<string, unknown>;
    const filled = { ...next, auteur: 'secretariat', seance: { jour: '12/12/2018' } };
    await record(filled);
    expect((await record(filled)).horsFichier).toEqual([]);
    expect(await seance('suite/2')).toMatchObject({ statut: 'planifiee', jour: { texte: '12/12/2018' } });
  });
});
