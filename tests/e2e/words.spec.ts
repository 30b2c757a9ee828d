import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { readView, Registre, rooms, viewNamed } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { served, type Served } from '../support/served.js';
import { testDatabase } from '../support/test-database.js';

const seance = (comite: string, more: object = {}) => ({
  version: 1,
  comite,
  numero: 1,
  auteur: 'secretariat',
  comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
  seance: { jour: '27/03/2018' },
  membres: [
    { mandat: 'M1', personne: 'p1', nom: 'Jeanne Exemple', institution: 'Amue', presence: 'présent' },
    {
      mandat: 'M2',
      personne: 'p2',
      nom: 'Paul Exemple',
      institution: 'Université de Lyon',
      presence: 'Excusé',
    },
  ],
  ordreDuJour: [
    { point: 'P1', titre: 'Suivi', issue: { issue: 'décision', texte: 'Adopté.' } },
    { point: 'P2', titre: 'Plan', issue: { issue: 'Reporté', motif: 'Faute de temps' } },
  ],
  ouverture: {},
  actions: [{ action: 'A1', intitule: 'Communiquer le cahier', acteurs: ['amue'] }],
  cloture: {},
  ...more,
});

describe('what people write', () => {
  let api: Served;
  beforeAll(async () => (api = await served()));
  afterAll(() => api.end());
  const record = (file: object, dryRun = false) =>
    importFile(api.registre, 'seance.yaml', stringify(file), { sources: [], dryRun });
  const faults = async (file: object, dryRun = true) => {
    const error = await record(file, dryRun).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as InvalidInput).issues.map(({ path, line, message }) => [path, line, message]);
  };
  const rows = async (view: string, comite: string, filters: Record<string, string> = {}) =>
    (await readView(api.registre, viewNamed(view), { comite, filters })).items as any[];
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${api.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'moi' },
      body: JSON.stringify(body),
    });
    return [answer.status, JSON.stringify(await answer.json())] as const;
  };

  it('codes are taken with their accents, in a file, a request, a filter and a correction', async () => {
    await record(seance('accents'));
    const [row] = await rows('seances', 'accents');
    expect(row.presences.map(({ presence }: any) => presence)).toEqual(['present', 'excuse']);
    expect(row.points.map(({ issue }: any) => issue.issue)).toEqual(['decision', 'reporte']);
    const fait = { acteur: 'AMUE', texte: 'Oui', code: 'En attente' };
    expect(await post('actions/accents/1/A1/avancement', fait)).toEqual([201, expect.any(String)]);
    expect(await rows('actions', 'accents', { code: 'En attente' })).toHaveLength(1);
    expect(await rows('actions', 'accents', { statut: 'Ouverte' })).toHaveLength(1);
    const correction = { evenement: 'accents/1/A1@1', champs: { code: 'Planifié' }, motif: 'Relu' };
    expect((await post('corrections', correction))[0]).toBe(201);
    expect((await rows('actions', 'accents'))[0].codes).toEqual(['planifie']);
  });

  it('an actor is the one that is known, whatever its case and accents', async () => {
    const acteurs = ['AMUE', 'universite de lyon'];
    await record(seance('acteurs', { actions: [{ action: 'A1', intitule: 'Écrire', acteurs }] }));
    expect((await rows('actions', 'acteurs'))[0].acteurs).toEqual(['Amue', 'Université de Lyon']);
    for (const acteur of ['amue', 'Amue', 'UNIVERSITE DE LYON'])
      expect(await rows('actions', 'acteurs', { acteur })).toHaveLength(1);
    expect(
      (await record(seance('acteurs', { actions: [{ action: 'A1', intitule: 'Écrire', acteurs }] }))).handled
        .recorded,
    ).toEqual([]);
  });

  it('a slip of the pen is a fault that names the nearest; a person is no actor', async () => {
    const of = (acteurs: string[], more: object = {}) =>
      seance('fautes', { actions: [{ action: 'A1', intitule: 'Écrire', acteurs, ...more }] });
    expect(await faults(of(['Ammue', 'jeanne exemple']))).toEqual([
      ['actions[0].acteurs[0]', expect.any(Number), expect.stringContaining('est-ce « Amue » ?')],
      ['actions[0].acteurs[1]', expect.any(Number), expect.stringContaining('nom d’une personne')],
    ]);
    await record(of(['Ammue'], { acteursNouveaux: ['Ammue'] }));
    expect((await rows('actions', 'fautes'))[0].acteurs).toEqual(['Ammue']);
    const acte = { seance: 'fautes/1', intitule: 'Relancer', rectificatif: { motif: 'Oubli' } };
    expect(await post('actions', { ...acte, acteurs: ['Paul Exemple'] })).toEqual([
      422,
      expect.stringContaining('nom d’une personne'),
    ]);
    expect(await post('actions', { ...acte, acteurs: ['Universite de Lyom'] })).toEqual([
      422,
      expect.stringContaining('est-ce « Université de Lyon » ?'),
    ]);
  });

  it('what could be a date and is not understood is asked about, at its line', async () => {
    const of = (echeance: unknown) =>
      seance('dates', { actions: [{ action: 'A1', intitule: 'Écrire', acteurs: ['Amue'], echeance }] });
    for (const echeance of ['32/13', 'fin sept.', '12/07'])
      expect(await faults(of(echeance))).toEqual([
        ['actions[0].echeance', expect.any(Number), expect.stringContaining('sansBornes: true')],
      ]);
    await record(of({ texte: '32/13', sansBornes: true }));
    expect((await rows('actions', 'dates'))[0].echeance).toMatchObject({ texte: '32/13', auPlusTard: null });
    const vague = { echeance: 'fin sept.', seance: 'dates/1' };
    expect((await post('actions/dates/1/A1/echeance', vague))[0]).toBe(422);
  });

  it('words of which the code is not sure are listed with their line, in a dry run too', async () => {
    const avancements = ['OK', 'Communiqué le 12/07', 'Non communiqué', 'En cours'].map((texte, index) => ({
      action: `A${index + 1}`,
      texte,
    }));
    const actions = [1, 2, 3, 4].map((n) => ({
      action: `A${n}`,
      intitule: 'Communiquer',
      acteurs: ['Amue'],
    }));
    const file = seance('doutes', { actions, avancements });
    for (const dryRun of [true, false]) {
      const { doutes } = await record(file, dryRun);
      expect(doutes.map(({ path, message }) => [path, message])).toEqual([
        ['avancements[0]', expect.stringContaining('« OK » reçoit le code autre')],
        ['avancements[1]', expect.stringContaining('reçoit le code autre')],
        ['avancements[1]', expect.stringContaining('le: 12/07')],
        ['avancements[2]', expect.stringContaining('code: non-fait')],
      ]);
      expect(doutes.every(({ line }) => line !== undefined)).toBe(true);
    }
    expect((await record(file)).doutes).toEqual([]);
    const [, , sansReponse] = await rows('actions', 'doutes');
    expect(sansReponse.codes).toEqual(['non-communique']);
    const dit = avancements.map((one) => (one.action === 'A3' ? { ...one, code: 'non-fait' } : one));
    await record({ ...seance('dits', { actions, avancements: dit }) });
    expect((await rows('actions', 'dits', { code: 'non-fait' })).map(({ reference }) => reference)).toEqual([
      'dits/1/A3',
    ]);
  });

  it('is recorded though nobody keeps the views: they then know as much as they have read', async () => {
    const database = await testDatabase();
    const first = await Registre.over(database);
    await importFile(first, 'seance.yaml', stringify(seance('retard')), { sources: [] });
    await first.close();
    const writer = await Registre.over(database, { projects: false });
    const { act } = rooms.flatMap(({ sayings }) => sayings).find((one) => one.act.verb === 'constater')!;
    for (const texte of ['Un', 'Deux']) {
      const asker = { commandId: randomUUID(), author: 'moi' };
      const body = act.body.parse({ texte, acteur: 'AMUE' });
      await writer.execute(await act.instruct(body, 'retard/1/A1', writer.context(asker)));
    }
    expect(await writer.store.readStream('action-retard/1/A1')).toHaveLength(3);
    await writer.close();
    await database.drop();
  });

  it('one unknown person is one fault, though everything else hangs on it', async () => {
    const { membres, ...file } = seance('inconnue');
    const [jeanne, paul] = membres;
    const { nom: _, ...sansNom } = paul!;
    const found = await faults({ ...file, membres: [jeanne, sansNom] });
    expect(found).toEqual([
      [
        'membres[1]',
        expect.any(Number),
        expect.stringMatching(/inconnue\/p2 n’est pas enregistrée.*de même ligne/),
      ],
    ]);
  });

  it('every refusal names the thing that it is about', async () => {
    const found = await faults({
      ...seance('nomme'),
      avancements: [{ action: 'A7', texte: 'En cours' }],
    });
    expect(found).toEqual([['avancements[0]', expect.any(Number), expect.stringContaining('nomme/1/A7')]]);
    expect((await post('actions/accents/1/A9/abandon', { motif: 'Rien' }))[1]).toContain('accents/1/A9');
  });
});
