import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { projectRoot, readEnvironment } from '../../libs/config/index.js';
import { type Instruction, InvalidInput, ours, Refusal } from '../../libs/event-sourcing/index.js';
import {
  aujourdhui,
  diff,
  ecartesDe,
  eventNamed,
  readView,
  readItem,
  pourquoi,
  Registre,
  remplacement,
  resolveBasis,
  viewNamed,
} from '../../libs/registre/index.js';
import { faultOf, FichierModifie, findEvidence, importFile, modele } from '../../libs/seance-file/index.js';
import { lireDate, type Source } from '../../libs/words/index.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const DECK = '212105728a47006de72d3e6e0d4f1d170cd18c36c9100df6cb8fe13e1ea0e5ab';
const { sources } = readEnvironment();

const file = (n: number): string =>
  readFileSync(join(projectRoot(), 'apps', 'cli', 'demo', `apogee-rof-${n}.yaml`), 'utf8');
const edited = (n: number, edit: (seance: any) => void): string => {
  const seance = parse(file(n));
  edit(seance);
  return stringify(seance);
};

describe('the register of a real COPIL', () => {
  let database: TestDatabase;
  let registre: Registre;
  const record = (name: string, text: string) => importFile(registre, name, text, { sources });
  const rows = async (view: string, demande: Parameters<typeof readView>[2] = {}) =>
    (await readView(registre, viewNamed(view), demande)).items as any[];

  beforeAll(async () => {
    database = await testDatabase();
    registre = await Registre.over(database);
    await record('1.yaml', file(1));
    await record('2.yaml', file(2));
  });
  afterAll(async () => {
    await registre.close();
    await database.drop();
  });

  it('cites every fact to the letter in the evidence', async () => {
    const lines = findEvidence(sources, DECK);
    if (!lines) {
      console.info('not run: evidence (no file with its SHA-256 in MINUTIER_SOURCES)');
      return;
    }
    let cited = 0;
    for (const { metadata } of ours(await registre.store.readAll(0n, 10_000))) {
      expect(metadata.source && faultOf(metadata.source as Source, lines)).toBeUndefined();
      expect(metadata.source).toBeDefined();
      cited += 1;
    }
    expect(cited).toBe(111);
  });

  it('shows the eleven actions open at the first COPIL, and as they were reported at the second', async () => {
    const before = await rows('actions', { asOf: 'apogee-rof/1' });
    expect(before.map(({ statut, avancement }) => [statut, avancement])).toEqual(
      Array(11).fill(['ouverte', null]),
    );
    const after = await rows('actions', { asOf: 'apogee-rof/2' });
    expect(after.map(({ avancement, codes, statut }) => [avancement, codes[0], statut])).toEqual([
      ['Fait (CR dernier Copil)', 'fait', 'ouverte'],
      ['En cours', 'en-cours', 'ouverte'],
      ['Prochaine migration', 'planifie', 'ouverte'],
      ['Sollicité, en attente de réponse', 'en-attente', 'ouverte'],
      ['Avant campagne 2018', 'planifie', 'ouverte'],
      ['Fait le 12/02', 'fait', 'faite'],
      ['Non communiqué', 'non-fait', 'ouverte'],
      ['Fait le 13/03', 'fait', 'faite'],
      ['Livré dans la version 5.00.30', 'livre', 'faite'],
      ['Fait le 30/01', 'fait', 'faite'],
      ['Point dédié', 'point-dedie', 'ouverte'],
    ]);
    // What recurs was done once, and is open for the next time.
    expect(after[0].occurrences).toHaveLength(1);
    expect(after[4].avancements).toEqual([expect.objectContaining({ acteur: null })]);
  });

  it('answers when it was true apart from when it was known', async () => {
    const done = async (effectiveAt: string) =>
      (await rows('actions', { asOf: 'apogee-rof/2', effectiveAt }))
        .filter(({ statut }) => statut === 'faite')
        .map(({ reference }) => reference.split('/')[2]);
    expect(await done('2018-01-30')).toEqual(['A10']);
    expect(await done('2018-02-12')).toEqual(['A6', 'A10']);
    expect(await done('2018-03-13')).toEqual(['A6', 'A8', 'A10']);
    expect(await done('2018-04-30')).toEqual(['A6', 'A8', 'A9', 'A10']);
  });

  it('has nine members, one of whom replaces another, and two guests', async () => {
    const members = await rows('membres', { asOf: 'apogee-rof/2' });
    expect(members.length).toBe(9);
    expect(members[1]).toMatchObject({ nom: '[personne 02]', institution: 'UL', remplace: 'apogee-rof/p03' });
    const { item } = await readItem(registre, viewNamed('seances'), 'apogee-rof/2', {});
    expect(item.invites).toHaveLength(2);
    expect(item.contradictions).toHaveLength(7);
    expect((item.presences as any[]).every(({ presence }) => presence === 'inconnue')).toBe(true);
  });

  it('leaves the two questions of the civilité pending', async () => {
    const pending = await rows('decisions', { filters: { statut: 'en-attente' } });
    expect(pending.map(({ reference, sujet }) => [reference, sujet])).toEqual([
      ['apogee-rof/2/D1', 'civilite-usuelle-memo-etudiant'],
      ['apogee-rof/2/D4', 'civilite-usuelle-acte-de-gestion'],
    ]);
    expect(await rows('decisions', { asOf: 'apogee-rof/1', filters: { statut: 'en-attente' } })).toEqual([]);
  });

  it('holds a name or an address in one event type only', async () => {
    const others = ours(await registre.store.readAll(0n, 10_000)).filter(
      ({ type }) => type !== 'PersonneEnregistree',
    );
    expect(JSON.stringify(others.map(({ data }) => data))).not.toMatch(/\[personne \d|\[courriel \d\]/);
    expect(JSON.stringify(others.map(({ metadata }) => metadata))).not.toMatch(
      /\[personne \d|\[courriel \d\]/,
    );
  });

  it('records nothing twice', async () => {
    const head = await registre.store.head();
    const again = await record('2.yaml', file(2));
    expect(again.handled.recorded).toEqual([]);
    expect(again.handled.alreadyThere.length).toBe(92);
    expect(await registre.store.head()).toBe(head);
  });

  it('tells of an edited file what differs, where, and how to correct it', async () => {
    const head = await registre.store.head();
    const error = await record(
      '2.yaml',
      edited(2, ({ avancements: [, one] }) => {
        const { texte: verbatim, source: lignes } = one;
        Object.assign(one, { texte: 'En bonne voie', source: { lignes, verbatim } });
      }),
    ).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(FichierModifie);
    const ecart = (error as FichierModifie).ecarts.find(
      ({ champ, enregistre }) => champ === 'texte' && enregistre === 'En cours',
    )!;
    expect(ecart).toMatchObject({
      path: 'avancements[1]',
      evenement: 'apogee-rof/1/A2@1',
      fichier: 'En bonne voie',
    });
    expect(ecart.correction).toContain('corriger apogee-rof/1/A2@1');
    expect(ecart.line).toBeGreaterThan(1);
    expect(await registre.store.head()).toBe(head);
  });

  it('names every fault of a file with its path and line, and records nothing', async () => {
    const head = await registre.store.head();
    const text = [
      'version: 1',
      'comite: Apogée',
      'numero: 0',
      'auteur: moi',
      'seance:',
      '  jour: 2018-13-45',
      'actions:',
      '  - action: X1',
      '    intitule: ""',
      '    acteurs: []',
      'inconnu: 1',
    ].join('\n');
    const error = (await record('f.yaml', text).catch((e: unknown) => e)) as InvalidInput;
    expect(error.issues.map(({ path, line }) => [path, line])).toEqual(
      expect.arrayContaining([
        ['comite', 2],
        ['numero', 3],
        ['actions[0].action', 8],
        ['actions[0].intitule', 9],
        ['actions[0].acteurs', 10],
        ['inconnu', 11],
      ]),
    );
    const broken = (await record('g.yaml', 'version: 1\ncomite: "sans fin').catch(
      (e: unknown) => e,
    )) as InvalidInput;
    expect(broken.issues[0]!.line).toBe(2);
    await expect(record('empty.yaml', '')).rejects.toBeInstanceOf(InvalidInput);
    expect(await registre.store.head()).toBe(head);
  });

  it('names every rule that a file breaks, and records nothing', async () => {
    const head = await registre.store.head();
    const text = stringify({
      version: 1,
      comite: 'apogee-rof',
      numero: 9,
      auteur: 'moi',
      seance: { jour: '2020-01-10' },
      ordreDuJour: [{ point: 'P1', titre: 'Sans issue' }],
      ouverture: {},
      avancements: [{ action: 'apogee-rof/1/A1', acteur: 'Rectorat', texte: 'En cours' }],
      cloture: {},
    });
    const error = (await record('r.yaml', text).catch((e: unknown) => e)) as InvalidInput;
    expect(error.issues.map(({ path, message }) => [path, /\[(.*)\]$/.exec(message)?.[1]])).toEqual([
      ['avancements[0]', 'acteur-inconnu'],
      ['cloture', 'issue-manquante'],
    ]);
    expect(await registre.store.head()).toBe(head);
  });

  it('says field by field what changed, by which event and whom', async () => {
    const { ajoutes, changes, retires } = await diff(registre, viewNamed('actions'), {
      from: 'apogee-rof/1',
      to: 'apogee-rof/2',
    });
    expect([ajoutes.length, changes.length, retires.length]).toEqual([0, 11, 0]);
    const livree = changes.find(({ reference }) => reference === 'apogee-rof/1/A9')!;
    const statut = livree.champs.find(({ champ }) => champ === 'statut');
    expect(statut).toMatchObject({
      avant: 'ouverte',
      apres: 'faite',
      evenement: { evenement: 'apogee-rof/1/A9@1', author: 'secretariat-apogee-rof' },
    });
    const decisions = await diff(registre, viewNamed('decisions'), {
      from: 'apogee-rof/1',
      to: 'apogee-rof/2',
    });
    expect(decisions.ajoutes.map(({ reference }) => reference)).toEqual([
      'apogee-rof/2/D1',
      'apogee-rof/2/D4',
    ]);
  });

  it('says why a thing is as it is, and what a decision caused', async () => {
    const { racine } = await pourquoi(registre, 'apogee-rof/1/A11', {});
    expect(racine.liens.map(({ role, reference }) => [role, reference])).toEqual(
      expect.arrayContaining([
        ['decoule-de', 'apogee-rof/1/D4'],
        ['decidee-a', 'apogee-rof/1'],
      ]),
    );
    const { racine: impact } = await pourquoi(registre, 'apogee-rof/1/D4', { impact: true });
    expect(impact.liens.map(({ reference }) => reference)).toEqual(['apogee-rof/1/A11']);
    // Each in the direction in which it is read.
    expect(racine.liens.find(({ role }) => role === 'decoule-de')?.lien).toBe('découle de');
    expect(impact.liens[0]!.lien).toBe('a donné lieu à');
    const { racine: point } = await pourquoi(registre, 'apogee-rof/2/P2.3.10', {});
    expect(point.faits.map(({ type }) => type)).toEqual(['PointInscrit', 'IssueDonnee']);
  });

  it('answers for an instant and a position like for the séance that closed there', async () => {
    const { position } = await resolveBasis(registre, { asOf: 'apogee-rof/1' });
    expect((await resolveBasis(registre, { asOf: `position:${position}` })).position).toBe(position);
    const [event] = await registre.store.readAll(position - 1n, 1);
    expect((await resolveBasis(registre, { asOf: event!.recordedAt.toISOString() })).position).toBe(position);
  });

  it.each([
    ['apogee-rof/9', 'n’existe pas'],
    ['apogee-rof/3', 'n’est pas close'],
    ['hier', 'n’est ni une séance'],
    ['position:0', 'le journal va de 1 à'],
    ['position:99999', 'le journal va de 1 à'],
    ['2999-01-01T00:00:00Z', 'dans le futur'],
    ['1999-01-01T00:00:00Z', 'précède le premier événement'],
  ])('refuses %s as a basis, and says what would work', async (asOf, message) => {
    await expect(resolveBasis(registre, { asOf })).rejects.toThrow(message);
  });

  it('shows a correction from then on, and never at an earlier COPIL', async () => {
    const nomme = await eventNamed(registre, 'apogee-rof/1/A4@1');
    await registre.execute([
      {
        id: 'b2a1c1d8-0000-4000-8000-000000000001',
        kind: nomme.kind,
        reference: nomme.reference,
        does: { correcting: remplacement(nomme, { texte: 'Réponse reçue', code: 'fait' }) },
        author: 'secretariat',
        statedOn: aujourdhui(),
        source: { motif: 'relu' },
      },
    ]);
    const at = async (asOf?: string) =>
      (await readItem(registre, viewNamed('actions'), 'apogee-rof/1/A4', asOf ? { asOf } : {})).item;
    expect(await at()).toMatchObject({ avancement: 'Réponse reçue', statut: 'faite' });
    expect(await at('apogee-rof/2')).toMatchObject({
      avancement: 'Sollicité, en attente de réponse',
      statut: 'ouverte',
    });
  });

  it('reads a corrected date again, in the words in which it is said', async () => {
    const corrected = async (champs: Record<string, unknown>) => {
      const correcting = remplacement(await eventNamed(registre, 'apogee-rof/1@0'), champs);
      return (correcting as { replacement: { data: unknown } }).replacement.data;
    };
    expect(await corrected({ jour: '13/02/2018' })).toMatchObject({
      jour: { texte: '13/02/2018', auPlusTot: '2018-02-13', auPlusTard: '2018-02-13' },
    });
    expect(await corrected({ jour: { texte: '13/02', annee: 2018 } })).toMatchObject({
      jour: { texte: '13/02', auPlusTot: '2018-02-13', infere: true },
    });
    // The words of a date alone are its words: its bounds are read from them.
    expect(await corrected({ 'jour.texte': '27/09/2018' })).toMatchObject({
      jour: { texte: '27/09/2018', auPlusTot: '2018-09-27', auPlusTard: '2018-09-27' },
    });
    for (const jour of ['32/13', '27/09', 'fin sept.'])
      await expect(corrected({ jour })).rejects.toThrow(/^champs\.jour : « .* » .*sansBornes/);
    expect(await corrected({ 'jour.auPlusTard': '2018-02-28' })).toMatchObject({
      jour: { auPlusTard: '2018-02-28' },
    });
  });

  it('keeps the position of a COPIL when its closing is corrected', async () => {
    const before = await resolveBasis(registre, { asOf: 'apogee-rof/2' });
    const nomme = await eventNamed(registre, `position:${before.position}`);
    await registre.execute([
      {
        id: 'b2a1c1d8-0000-4000-8000-000000000002',
        kind: nomme.kind,
        reference: nomme.reference,
        does: { correcting: remplacement(nomme, { remarque: 'Relue' }) },
        author: 'secretariat',
        statedOn: aujourdhui(),
        source: { motif: 'relu' },
      },
    ]);
    expect((await resolveBasis(registre, { asOf: 'apogee-rof/2' })).position).toBe(before.position);
    expect(await rows('seances')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          reference: 'apogee-rof/2',
          horsChronologie: false,
          cloturePosition: before.position.toString(),
        }),
      ]),
    );
  });

  it('prefills the next séance, and takes the filled file back', async () => {
    const next: any = await modele(registre, 'apogee-rof');
    expect(next).toMatchObject({ numero: 3, seance: { jour: { texte: 'fin septembre' } } });
    expect(next.presences.length).toBe(9);
    const avancees = next.avancements.map(({ action }: any) => action);
    expect(avancees).toContain('apogee-rof/1/A1');
    expect(avancees).not.toContain('apogee-rof/1/A6');
    expect(next.arbitrages.map(({ decision }: any) => decision)).toEqual([
      'apogee-rof/2/D1',
      'apogee-rof/2/D4',
    ]);
    next.auteur = 'moi';
    await record('3.yaml', stringify(next));
    const outcome = (point: any): any => ({
      ...point,
      issue: point.points ? null : { issue: 'information', texte: 'Dit.' },
      points: point.points?.map(outcome),
    });
    Object.assign(next, { ordreDuJour: next.ordreDuJour.map(outcome), ouverture: {}, cloture: {} });
    next.ordreDuJour[0].issue = { issue: 'reporte', motif: 'faute de temps' };
    next.avancements[0].texte = 'Terminé';
    next.arbitrages[0] = {
      decision: 'apogee-rof/2/D1',
      options: [
        { option: 'oui', texte: 'Par le mémo étudiant' },
        { option: 'non', texte: 'Autrement' },
      ],
      choix: 'oui',
      motifs: 'Le moins coûteux',
    };
    next.decisions = [
      {
        decision: 'D1',
        sujet: 'archivage',
        intitule: 'Archiver autrement',
        relations: [{ relation: 'remplace', decision: 'apogee-rof/1/D2' }],
      },
    ];
    await record('3.yaml', stringify(next));
    const again: any = await modele(registre, 'apogee-rof');
    expect(again.ordreDuJour).toEqual(
      expect.arrayContaining([expect.objectContaining({ point: 'P1', reporteDe: 'apogee-rof/3/P1' })]),
    );
    expect(again.arbitrages.map(({ decision }: any) => decision)).toEqual(['apogee-rof/2/D4']);
  });

  it('says which decision is in force on a subject, on any basis', async () => {
    const inForce = async (demande: object) =>
      (await rows('decisions', { ...demande, filters: { sujet: 'archivage', enVigueur: 'oui' } })).map(
        ({ reference }) => reference,
      );
    expect(await inForce({})).toEqual(['apogee-rof/3/D1']);
    expect(await inForce({ asOf: 'apogee-rof/2' })).toEqual(['apogee-rof/1/D2']);
    expect(await inForce({ effectiveAt: '2018-07-01' })).toEqual(['apogee-rof/1/D2']);
    expect(await inForce({ effectiveAt: '2018-09-30' })).toEqual(['apogee-rof/3/D1']);
  });

  it('accepts a séance recorded after a later one, marks it, and does not let it name a basis', async () => {
    const late = stringify({
      version: 1,
      comite: 'tard',
      numero: 2,
      auteur: 'moi',
      comiteInstitue: { nom: 'Tard' },
      seance: { jour: '2020-06-01' },
      ouverture: {},
      actions: [{ action: 'A1', intitule: 'Faire', acteurs: ['Amue'], echeance: 'avril 2020' }],
      cloture: {},
    });
    await record('tard-2.yaml', late);
    const forgotten = {
      version: 1,
      comite: 'tard',
      numero: 1,
      auteur: 'moi',
      seance: { jour: '2020-01-10' },
      ouverture: {},
      cloture: {},
    };
    await record('tard-1.yaml', stringify(forgotten));
    expect((await rows('seances', { comite: 'tard' })).map(({ horsChronologie }) => horsChronologie)).toEqual(
      [true, false],
    );
    await expect(resolveBasis(registre, { asOf: 'tard/1' })).rejects.toMatchObject({
      code: 'seance-hors-chronologie',
    });
    await expect(resolveBasis(registre, { asOf: 'tard/2' })).resolves.toBeDefined();
  });

  it('says whether an action is overdue: yes, no, or undetermined, at any P and D', async () => {
    const retard = async (demande: object) =>
      (await rows('actions', { comite: 'tard', ...demande }))[0]?.retard;
    expect(await retard({ effectiveAt: '2020-06-01' })).toBe('oui');
    expect(await retard({})).toBe('oui');
    expect(await retard({ asOf: 'tard/2' })).toBe('oui');
    const [undetermined] = await rows('actions', {
      asOf: 'apogee-rof/2',
      filters: { retard: 'indetermine' },
    });
    expect(undetermined.reference).toBe('apogee-rof/1/A3');
  });

  const act = async (nom: string, correcting: (nomme: any) => any) => {
    const nomme = await eventNamed(registre, nom);
    const { kind, reference } = nomme;
    const does = { correcting: correcting(nomme) };
    return registre.execute([
      {
        id: randomUUID(),
        kind,
        reference,
        does,
        author: 'moi',
        statedOn: aujourdhui(),
        source: { motif: 'relu' },
      },
    ]);
  };
  const annul = (nom: string) => act(nom, ({ event }) => ({ revision: event.revision, motif: 'erreur' }));
  const fix = (nom: string, champs: object, type?: string) =>
    act(nom, (nomme) => remplacement(nomme, champs as Record<string, unknown>, { type }));
  const refusedWith = (code: string) => ({ refusals: [{ refusal: { code } }] });
  const seance = (comite: string, more: object) =>
    stringify({
      version: 1,
      comite,
      numero: 1,
      auteur: 'moi',
      comiteInstitue: { nom: comite },
      seance: { jour: '2020-06-01' },
      ouverture: {},
      cloture: {},
      ...more,
    });

  it('takes a file again once its facts were corrected to what it says', async () => {
    const actions = [{ action: 'A1', intitule: 'L’étude', projet: 'ROF', acteurs: ['Amue'] }];
    await record('relu.yaml', seance('relu', { actions }));
    const relu = seance('relu', {
      actions: [{ action: 'A1', intitule: 'L’étude d’hier', acteurs: ['Amue'] }],
    });
    const error = (await record('relu.yaml', relu).catch((e: unknown) => e)) as FichierModifie;
    expect(error.ecarts.map(({ champ }) => champ).sort()).toEqual(['intitule', 'projet']);
    await fix('relu/1/A1@0', { intitule: 'L’étude d’hier', projet: null });
    expect((await record('relu.yaml', relu)).handled.recorded).toEqual([]);
  });

  it('refuses the same act twice in one file', async () => {
    const avancements = ['En cours', 'Fait'].map((texte) => ({ action: 'A1', texte }));
    const text = seance('double', {
      actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue'] }],
      avancements,
    });
    const error = (await record('d.yaml', text).catch((e: unknown) => e)) as InvalidInput;
    expect(error.issues).toEqual([
      expect.objectContaining({ path: 'avancements[1]', message: expect.stringContaining('acte-en-double') }),
    ]);
  });

  it('checks every place that a contradiction cites', async () => {
    if (!findEvidence(sources, DECK)) {
      console.info('not run: evidence (no file with its SHA-256 in MINUTIER_SOURCES)');
      return;
    }
    const error = (await record(
      '2.yaml',
      edited(2, (file) => {
        file.contradictions[1].lectures[1].texte = 'des mots qui n’y sont pas';
      }),
    ).catch((e: unknown) => e)) as InvalidInput;
    expect(error.issues).toEqual([expect.objectContaining({ path: 'contradictions[1].source' })]);
  });

  it('keeps what a correction may not change: identity, closings, outcomes once closed, the rules', async () => {
    const text = seance('regle', {
      ordreDuJour: [{ point: 'P1', titre: 'x', issue: { issue: 'information', texte: 'Dit.' } }],
      actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue'] }],
      avancements: [{ action: 'A1', texte: 'En cours' }],
    });
    await record('regle.yaml', text);
    await expect(fix('regle/1@1', { point: 'P2' })).rejects.toMatchObject(refusedWith('identite-immuable'));
    await expect(fix('regle/1@2', {}, 'SeanceCloturee')).rejects.toMatchObject(
      refusedWith('cloture-definitive'),
    );
    await expect(annul('regle/1@3')).rejects.toMatchObject(refusedWith('issue-manquante'));
    await expect(fix('regle/1@3', { issue: 'reporte' })).rejects.toMatchObject(refusedWith('motif-manquant'));
    await expect(annul('regle/1@0')).rejects.toMatchObject(refusedWith('seance-engagee'));
    await expect(fix('regle/1/A1@1', { acteur: 'Rectorat' })).rejects.toMatchObject(
      refusedWith('acteur-inconnu'),
    );
    await expect(
      act('regle/1/A1@1', (nomme) => remplacement(nomme, {}, { effectif: '2019-01-01' })),
    ).rejects.toMatchObject(refusedWith('fait-anterieur-a-l-ouverture'));
  });

  it('annuls with a decision what it did to another, and brings both back', async () => {
    const decision = (n: number, more = {}) => ({
      decision: `D${n}`,
      sujet: 'toit',
      intitule: `Toit ${n}`,
      ...more,
    });
    const relations = [{ relation: 'remplace', decision: 'D2' }];
    await record('toit.yaml', seance('toit', { decisions: [decision(1, { relations }), decision(2)] }));
    const statuts = async () =>
      (await rows('decisions', { comite: 'toit' })).map(({ reference, statut }) => [reference, statut]);
    await annul('toit/1/D1@0');
    expect(await statuts()).toEqual([['toit/1/D2', 'en-vigueur']]);
    await annul('toit/1/D1@1');
    expect(await statuts()).toEqual([
      ['toit/1/D1', 'en-vigueur'],
      ['toit/1/D2', 'remplacee'],
    ]);
    // What it did was said otherwise meanwhile: that goes with it.
    await fix('toit/1/D2@1', { relation: 'amende' });
    await annul('toit/1/D1@2');
    expect(await statuts()).toEqual([['toit/1/D2', 'en-vigueur']]);
    await annul('toit/1/D1@3');
    expect(await statuts()).toEqual([
      ['toit/1/D1', 'en-vigueur'],
      ['toit/1/D2', 'amendee'],
    ]);
    await annul('toit/1/D1@4');
  });

  it('tells what would have followed, and did not', () => {
    const instruction = { reference: 'apogee-rof/1/A1' } as Instruction;
    const refusal = new Refusal('action-abandonnee', 'Cette action est abandonnée.');
    expect(ecartesDe({ skipped: [{ instruction, refusal }] })).toEqual([
      {
        reference: 'apogee-rof/1/A1',
        code: 'action-abandonnee',
        message: 'Cette action est abandonnée.',
      },
    ]);
  });

  it('says of a withdrawn thing which event withdrew it', async () => {
    const head = await registre.store.head();
    await annul('toit/1/D2@0');
    const { retires } = await diff(registre, viewNamed('decisions'), {
      from: `position:${head}`,
      comite: 'toit',
    });
    expect(retires).toEqual([
      expect.objectContaining({
        reference: 'toit/1/D2',
        evenement: expect.objectContaining({
          author: 'moi',
          evenement: expect.stringMatching(/^toit\/1\/D2@\d+$/),
          sentence: expect.stringContaining('toit/1/D2@0 est annulé'),
        }),
      }),
    ]);
  });

  it('gives the same answer as of a COPIL after the day of its séance was corrected', async () => {
    const text = seance('fixe', {
      seance: { jour: '2020-11-20' },
      actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue'], echeance: '2020-11-22' }],
    });
    await record('fixe.yaml', text);
    const answer = async () => (await rows('actions', { asOf: 'fixe/1' }))[0].retard;
    expect(await answer()).toBe('non');
    await fix('fixe/1@0', { jour: lireDate('2020-11-23') });
    expect(await answer()).toBe('non');
  });

  it('links a carried item to where it came from', async () => {
    await record(
      'rep.yaml',
      seance('rep', {
        ordreDuJour: [{ point: 'P1', titre: 'x', issue: { issue: 'reporte', motif: 'temps' } }],
      }),
    );
    const suite = { version: 1, comite: 'rep', numero: 2, auteur: 'moi', seance: { jour: '2020-09-01' } };
    await record(
      'rep2.yaml',
      stringify({ ...suite, ordreDuJour: [{ point: 'P1', titre: 'x', reporteDe: 'rep/1/P1' }] }),
    );
    const { racine } = await pourquoi(registre, 'rep/2/P1', {});
    expect(racine.liens.map(({ role, reference }) => [role, reference])).toEqual([['reprend', 'rep/1/P1']]);
    const refused = stringify({
      ...suite,
      numero: 3,
      ordreDuJour: [{ point: 'P1', titre: 'x', reporteDe: 'regle/1/P1' }],
    });
    await expect(record('rep3.yaml', refused)).rejects.toThrow('point-non-reportable');
    const twice = ['P1', 'P2'].map((point) => ({ point, titre: 'x', reporteDe: 'rep/1/P1' }));
    await expect(record('rep3.yaml', stringify({ ...suite, numero: 3, ordreDuJour: twice }))).rejects.toThrow(
      'point-deja-repris',
    );
  });

  it('is true from the day that a correction says', async () => {
    await record(
      'jour.yaml',
      seance('jour', {
        actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue'] }],
        seance: { jour: '2020-01-10' },
      }),
    );
    const suite = {
      version: 1,
      comite: 'jour',
      numero: 2,
      auteur: 'moi',
      seance: { jour: '2020-06-01' },
      avancements: [{ action: 'jour/1/A1', texte: 'Fait', le: '2020-03-05' }],
    };
    await record('jour2.yaml', stringify(suite));
    const statut = async (effectiveAt: string) =>
      (await rows('actions', { comite: 'jour', effectiveAt }))[0].statut;
    expect([await statut('2020-03-04'), await statut('2020-03-05')]).toEqual(['ouverte', 'faite']);
    await fix('jour/1/A1@1', { le: lireDate('2020-04-01') });
    expect([await statut('2020-03-31'), await statut('2020-04-01')]).toEqual(['ouverte', 'faite']);
    await fix('jour/1/A1@2', { le: null });
    expect([await statut('2020-05-31'), await statut('2020-06-01')]).toEqual(['ouverte', 'faite']);
  });

  it('keeps what a correction may not make of a fact: another kind of fact, a link to nothing', async () => {
    await record(
      'genre.yaml',
      seance('genre', {
        membres: [{ mandat: 'M1', personne: 'p01', nom: 'Une', institution: 'Lille' }],
        ordreDuJour: [
          {
            point: 'P1',
            titre: 'x',
            points: [{ point: 'P1.1', titre: 'y', issue: { issue: 'avis', texte: 'z' } }],
          },
        ],
        decisions: [1, 2].map((n) => ({ decision: `D${n}`, sujet: 'genre', intitule: `G${n}` })),
        actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue', 'Lille'] }],
        avancements: [{ action: 'A1', texte: 'En cours' }],
        cloture: null,
      }),
    );
    const decidee = { seance: 'genre/1', intitule: 'y', acteurs: ['X'] };
    for (const [refused, code] of [
      [fix('genre/1/A1@1', decidee, 'ActionDecidee'), 'type-immuable'],
      [fix('genre/1@3', { jour: lireDate('2020-06-02') }, 'SeanceDatee'), 'type-immuable'],
      [annul('genre/1@1'), 'point-engage'],
      [annul('genre/1@2'), 'point-engage'],
      [
        fix('genre/1/D2@0', { relations: [{ relation: 'revoque', decision: 'genre/1/D1' }] }),
        'relation-ajoutee',
      ],
      [fix('genre/1/A1@0', { point: 'genre/1/P9' }), 'point-inconnu'],
      [fix('genre/1/A1@0', { point: 'rep/1/P1' }), 'point-d-une-autre-seance'],
      [fix('genre/1/A1@0', { origine: 'genre/1/D9' }), 'decision-inconnue'],
      [
        fix('genre/1@3', { presences: [{ personne: 'genre/p99', presence: 'present' }] }),
        'personne-inconnue',
      ],
      [fix('genre@1', { remplace: 'genre/p77' }), 'personne-inconnue'],
    ] as const)
      await expect(refused).rejects.toMatchObject(refusedWith(code));
    for (const avancement of [
      { acteur: 'Amue', texte: 'Fait' },
      { acteur: 'Lille', texte: 'Fait' },
    ]) {
      const suite = { version: 1, comite: 'genre', numero: 2, auteur: 'moi', seance: { jour: '2020-07-01' } };
      await record(
        'genre2.yaml',
        stringify({ ...suite, avancements: [{ action: 'genre/1/A1', ...avancement }] }),
      );
    }
    const [action] = await rows('actions', { comite: 'genre' });
    expect([action.statut, action.codes]).toEqual(['faite', ['fait', 'fait']]);
  });

  it('lets no decision undo itself, or one of another committee', async () => {
    const deciding = (comite: string, decision: string, relation = 'remplace') =>
      record(
        'soi.yaml',
        seance(comite, {
          decisions: [{ decision: 'D1', sujet: 'soi', intitule: 'x', relations: [{ relation, decision }] }],
        }),
      );
    await expect(deciding('soi', 'D1')).rejects.toThrow('relation-a-soi');
    await expect(deciding('soi', 'genre/1/D1')).rejects.toThrow('decision-d-un-autre-comite');
    expect((await deciding('soi', 'genre/1/D1', 'confirme')).handled.recorded.length).toBeGreaterThan(0);
  });

  it('knows mandates from before its first séance, and their ends', async () => {
    const membres = [{ mandat: 'M1', personne: 'p01', nom: 'Une', institution: 'Lille', du: '2015-09-01' }];
    await expect(record('m.yaml', seance('mandats', { membres }))).rejects.toThrow(
      'fait-anterieur-a-l-ouverture',
    );
    await record(
      'm.yaml',
      seance('mandats', { comiteInstitue: { nom: 'Mandats', depuis: '2010' }, membres }),
    );
    await record(
      'm2.yaml',
      stringify({
        version: 1,
        comite: 'mandats',
        numero: 2,
        auteur: 'moi',
        seance: { jour: '2021-01-05' },
        finsDeMandat: [{ mandat: 'M1', le: '2020-12-31', motif: 'départ' }],
      }),
    );
    const membre = async (effectiveAt: string) => {
      const [row] = await rows('membres', { comite: 'mandats', effectiveAt });
      return row && [row.nom, row.actif];
    };
    expect(await membre('2015-08-31')).toBeUndefined();
    expect(await membre('2015-09-01')).toEqual(['Une', true]);
    expect(await membre('2020-12-30')).toEqual(['Une', true]);
    expect(await membre('2020-12-31')).toEqual(['Une', false]);
  });

  it('takes what is learnt late of a thing that began before its séance, where the file says since when', async () => {
    const seance = (comite: string, depuis: string) => `
version: 1
comite: ${comite}
numero: 1
auteur: moi
comiteInstitue: { nom: Essai }
seance: { jour: 2018-01-30 }
ouverture: {}
actions:
  - { action: A1, intitule: Livrer la version 5.00, acteurs: [Amue]${depuis} }
avancements:
  - { action: A1, texte: Livrée le 30/11/2017, code: fait, le: 2017-11-30 }
`;
    await expect(record('sans-depuis.yaml', seance('sans-depuis', ''))).rejects.toThrow(
      /fait-anterieur-a-l-ouverture/,
    );
    await record('avec-depuis.yaml', seance('avec-depuis', ', depuis: 2017-10-02'));
    const at = async (effectiveAt: string) =>
      (await rows('actions', { comite: 'avec-depuis', effectiveAt })).map(({ avancement }) => avancement);
    expect(await at('2017-10-01')).toEqual([]);
    expect(await at('2017-11-29')).toEqual([null]);
    expect(await at('2017-11-30')).toEqual(['Livrée le 30/11/2017']);
    const again = await record('avec-depuis.yaml', seance('avec-depuis', ', depuis: 2017-10-02'));
    expect(again.handled.recorded).toEqual([]);
    await expect(record('avec-depuis.yaml', seance('avec-depuis', ', depuis: 2017-10-03'))).rejects.toThrow(
      FichierModifie,
    );
  });

  it('tells of an edited file how to correct each event at once, and what it no longer says', async () => {
    const actions = [1, 2].map((n) => ({ action: `A${n}`, intitule: `x${n}`, acteurs: ['Amue'] }));
    const held = { actions, ouverture: {}, cloture: {} };
    await record('e.yaml', seance('edite', { seance: { jour: 'juin 2020' }, ...held }));
    const dated = seance('edite', { seance: { jour: '2020-06-27' }, ...held });
    const error = (await record('e.yaml', dated).catch((e: unknown) => e)) as FichierModifie;
    const [advice, ...others] = new Set(error.ecarts.map(({ correction }) => correction));
    expect(others).toEqual([]);
    const champs = [...advice!.matchAll(/'([\w.]+)=([^']*)'/g)].map(([, name, value]) => [
      name,
      JSON.parse(value!),
    ]);
    await fix('edite/1@0', Object.fromEntries(champs));
    const again = await record('e.yaml', dated);
    expect([again.handled.recorded, again.horsFichier]).toEqual([[], []]);
    const shorter = seance('edite', {
      seance: { jour: '2020-06-27' },
      ...held,
      actions: actions.slice(0, 1),
    });
    expect((await record('e.yaml', shorter)).horsFichier).toEqual(['edite/1/A2@0']);
    const otherwise = seance('edite', {
      seance: { jour: '2020-06-27' },
      ...held,
      actions: [{ action: 'A1', intitule: 'y', acteurs: ['Amue'] }],
    });
    const refused = (await record('e.yaml', otherwise).catch((e: unknown) => e)) as FichierModifie;
    expect(refused.ecarts.map(({ evenement, champ }) => [evenement, champ])).toEqual([
      ['edite/1/A1@0', 'intitule'],
    ]);
    expect(refused.horsFichier).toEqual(['edite/1/A2@0']);
  });

  it('names a correction of nothing by its line, beside the other faults of the file', async () => {
    const text = stringify({
      version: 1,
      comite: 'genre',
      numero: 3,
      auteur: 'moi',
      seance: { jour: '2020-09-01' },
      corrections: [{ evenement: 'genre/1/A99@1', champs: { texte: 'y' }, motif: 'x' }],
      actions: [{ action: 'A1', intitule: 'x', acteurs: ['Amue'], point: 'P9' }],
    });
    const error = (await record('c.yaml', text).catch((e: unknown) => e)) as InvalidInput;
    expect(error.issues).toEqual([
      { path: 'corrections[0]', line: 8, message: expect.stringContaining('genre/1/A99@1 n’existe pas') },
      { path: 'actions[0]', line: expect.any(Number), message: expect.stringContaining('point-inconnu') },
    ]);
  });

  it('tells a chain as it was on a day, and only within the committee of the basis', async () => {
    const { racine } = await pourquoi(registre, 'jour/1/A1', { effectiveAt: '2020-02-01' });
    expect(racine.faits.map(({ type }) => type)).toEqual(['ActionDecidee']);
    await expect(pourquoi(registre, 'apogee-rof/1/A1', { asOf: 'regle/1' })).rejects.toMatchObject({
      code: 'reference-inconnue',
    });
  });

  it('has views that are the same when rebuilt from nothing', async () => {
    const names = ['seances', 'membres', 'actions', 'decisions', 'personnes', 'liens'];
    expect(await registre.projector.rebuild(names.map(viewNamed))).toMatchObject(
      names.map((view) => ({ view, identical: true })),
    );
  });
});
