import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { aujourdhui, readView, viewNamed } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { served, type Served } from '../support/served.js';

const JOURS = ['27/03/2018', '27/09/2018'];
const closed = (comite: string, numero: number, more: object = {}) => ({
  version: 1,
  comite,
  numero,
  auteur: 'secretariat',
  comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
  seance: { jour: JOURS[numero - 1] },
  personnes: [{ personne: 'p3', nom: '[personne 03]' }],
  membres: [
    { mandat: 'M1', personne: 'p1', nom: '[personne 01]', institution: 'Amue', presence: 'present' },
    { mandat: 'M2', personne: 'p2', nom: '[personne 02]', institution: 'Lyon', presence: 'absent' },
  ],
  ordreDuJour: [{ point: 'P1', titre: 'Suivi', issue: { issue: 'decision', texte: 'Adopté.' } }],
  actions: [{ action: 'A1', intitule: 'Écrire la note', acteurs: ['Amue'] }],
  decisions: [{ decision: 'D1', sujet: 'calendrier', intitule: 'Tenir le calendrier', texte: 'Adopté.' }],
  ouverture: {},
  cloture: {},
  ...more,
});
const MOTIF = 'Relevé relu par les membres';
const rectificatif = (comite: string, more: object) => ({
  version: 1,
  comite,
  numero: 1,
  auteur: 'secretariat',
  rectificatif: { motif: MOTIF },
  ...more,
});

describe('a rectificatif of a closed séance', () => {
  let api: Served;
  beforeAll(async () => (api = await served()));
  afterAll(() => api.end());
  const record = (file: object) => importFile(api.registre, 'seance.yaml', stringify(file), { sources: [] });
  const types = async (file: object) =>
    (await record(file)).handled.recorded.map(({ type, metadata }) => [type, metadata.statedOn]);
  const rows = async (view: string, comite: string, asOf?: string, effectiveAt?: string) =>
    (await readView(api.registre, viewNamed(view), { comite, asOf, effectiveAt })).items as any[];
  const both = async (comite: string) => {
    await record(closed(comite, 1));
    await record({
      ...closed(comite, 2),
      comiteInstitue: undefined,
      personnes: [],
      membres: [],
      decisions: [],
      actions: [],
      avancements: [{ action: `${comite}/1/A1`, texte: 'Note faite', code: 'fait' }],
    });
  };

  it('adds what was forgotten on the day of the séance, known from today on and at no earlier COPIL', async () => {
    await both('oubli');
    const file = rectificatif('oubli', {
      actions: [{ action: 'A2', intitule: 'Relancer', acteurs: ['Lyon'] }],
    });
    expect(await types(file)).toEqual([
      ['ActionDecidee', '2018-03-27'],
      ['SeanceRectifiee', '2018-03-27'],
    ]);
    expect(await types(file)).toEqual([]);
    const of = async (...basis: [string?, string?]) =>
      (await rows('actions', 'oubli', ...basis)).map(({ reference }) => reference);
    expect(await of()).toEqual(['oubli/1/A1', 'oubli/1/A2']);
    expect(await of(undefined, '2018-03-27')).toEqual(['oubli/1/A1', 'oubli/1/A2']);
    for (const copil of ['oubli/1', 'oubli/2']) expect(await of(copil)).toEqual(['oubli/1/A1']);
    const [fait] = await api.registre.store.readStream('action-oubli/1/A2');
    expect(fait!).toMatchObject({ metadata: { source: { rectificatif: { de: 'oubli/1', motif: MOTIF } } } });
  });

  it('is shown beside the séance that it is of: how often, when and why', async () => {
    await both('marque');
    await record(rectificatif('marque', { decisions: [decision('D2', 'Publier')] }));
    await record({
      ...rectificatif('marque', { decisions: [decision('D3', 'Ouvrir')] }),
      rectificatif: { motif: 'Oubli' },
    });
    const le = aujourdhui();
    for (const day of [undefined, '2018-03-27'])
      expect((await rows('seances', 'marque', undefined, day))[0].rectificatifs).toEqual([
        { le, motif: MOTIF },
        { le, motif: 'Oubli' },
      ]);
    expect((await rows('seances', 'marque', 'marque/2'))[0].rectificatifs).toEqual([]);
  });

  it('says otherwise what was wrong: a presence, the words of a decision, an outcome', async () => {
    await both('faux');
    expect(
      await types(
        rectificatif('faux', {
          presences: [{ personne: 'p2', presence: 'excuse' }],
          decisions: [decision('D1', 'Tenir le calendrier', 'Adopté à l’unanimité.')],
          ordreDuJour: [{ point: 'P1', titre: 'Suivi', issue: { issue: 'avis', texte: 'Favorable.' } }],
        }),
      ),
    ).toEqual([
      ['SeanceOuverte', '2018-03-27'],
      ['DecisionPrise', '2018-03-27'],
      ['IssueDonnee', '2018-03-27'],
      ['SeanceRectifiee', '2018-03-27'],
    ]);
    const [seance] = await rows('seances', 'faux');
    expect(seance.presences).toEqual([
      { personne: 'faux/p1', presence: 'present' },
      { personne: 'faux/p2', presence: 'excuse' },
    ]);
    expect(seance.points[0].issue).toEqual({ issue: 'avis', texte: 'Favorable.' });
    expect((await rows('decisions', 'faux'))[0].texte).toBe('Adopté à l’unanimité.');
    const [then] = await rows('seances', 'faux', 'faux/1');
    expect(then.presences[1].presence).toBe('absent');
    // Back to what it was: what it takes the place of tells the acts apart.
    for (const presence of ['absent', 'excuse', 'absent']) {
      await record(rectificatif('faux', { presences: [{ personne: 'p2', presence }] }));
      expect((await rows('seances', 'faux'))[0].presences[1].presence).toBe(presence);
    }
  });

  it('is no way round a later séance: what that one said of an action is still the last word', async () => {
    await both('ordre');
    await record(
      rectificatif('ordre', { avancements: [{ action: 'ordre/1/A1', texte: 'En cours', code: 'en-cours' }] }),
    );
    expect((await rows('actions', 'ordre'))[0].avancement).toContain('Note faite');
  });

  it('leaves no item without its outcome, and is of a séance that is closed', async () => {
    await both('regle');
    const point = { point: 'P2', titre: 'Oublié' };
    await expect(record(rectificatif('regle', { ordreDuJour: [point] }))).rejects.toThrow(/issue/);
    const full = { ...point, issue: { issue: 'information', texte: 'Dit.' } };
    expect((await types(rectificatif('regle', { ordreDuJour: [full] }))).map(([type]) => type)).toEqual([
      'PointInscrit',
      'IssueDonnee',
      'SeanceRectifiee',
    ]);
    const early = await record({ ...rectificatif('regle', { actions: [] }), numero: 3 }).catch(
      (e: unknown) => e,
    );
    expect(early).toBeInstanceOf(InvalidInput);
    expect((early as Error).message).toContain('regle/3 n’est pas close');
  });

  it('comes with a correction and with an annulment of what was said there, each with its reason', async () => {
    await both('corrige');
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${api.url}/api/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'moi' },
        body: JSON.stringify(body),
      });
      return [answer.status, ((await answer.json()) as any).evenements?.map(({ type }: any) => type)];
    };
    const action = {
      evenement: 'corrige/1/A1@0',
      champs: { intitule: 'Écrire deux notes' },
      motif: 'Coquille',
    };
    expect(await post('corrections', action)).toEqual([201, ['ActionDecidee', 'SeanceRectifiee']]);
    const annulee = { evenement: 'corrige/1/D1@0', motif: 'N’a pas été prise' };
    expect(await post('annulations', annulee)).toEqual([201, ['EvenementAnnule', 'SeanceRectifiee']]);
    expect((await rows('seances', 'corrige'))[0].rectificatifs.map(({ motif }: any) => motif)).toEqual([
      'Coquille',
      'N’a pas été prise',
    ]);
    const rectifie = { seance: 'corrige/1', intitule: 'Relancer', acteurs: ['Lyon'] };
    expect((await post('actions', rectifie))[0]).toBe(409);
    expect(await post('actions', { ...rectifie, rectificatif: { motif: 'Oubli' } })).toEqual([
      201,
      ['ActionDecidee', 'SeanceRectifiee'],
    ]);
  });
});

const decision = (numero: string, intitule: string, texte = 'Adopté.') => ({
  decision: numero,
  sujet: numero === 'D1' ? 'calendrier' : intitule.toLowerCase(),
  intitule,
  texte,
});
