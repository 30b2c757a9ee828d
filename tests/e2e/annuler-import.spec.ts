import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { Registre, rooms } from '../../libs/registre/index.js';
import { annulerImport, importFile } from '../../libs/seance-file/index.js';
import { type CommandLine, commandLine } from '../support/command-line.js';
import { seanceFile } from '../support/seance-files.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const seance = (comite: string, numero: number, more: object = {}) => ({
  version: 1,
  comite,
  numero,
  auteur: 'secretariat',
  ...(numero === 1 && { comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' } }),
  seance: { jour: `27/0${numero * 2}/2018` },
  membres: [
    {
      mandat: `M${numero}`,
      personne: `p${numero}`,
      nom: '[personne]',
      institution: 'Amue',
      presence: 'present',
    },
  ],
  ordreDuJour: [{ point: 'P1', titre: 'Suivi', issue: { issue: 'decision', texte: 'Adopté.' } }],
  ouverture: {},
  actions: [{ action: 'A1', intitule: 'Écrire la note', acteurs: ['Amue'] }],
  decisions: [{ decision: 'D1', sujet: `calendrier-${numero}`, intitule: 'Tenir', texte: 'Adopté.' }],
  prochaine: { numero: numero + 1, jour: `27/0${numero * 2 + 2}/2018` },
  cloture: {},
  ...more,
});

describe('a mistaken import', () => {
  let database: TestDatabase;
  let minutier: CommandLine;
  const file = seanceFile();
  beforeAll(async () => {
    database = await testDatabase();
    minutier = commandLine(database);
  });
  afterAll(async () => {
    file.remove();
    await database.drop();
  });
  const record = (content: object) => minutier.done('import', file.write(content));
  const withdraw = (content: object, ...more: string[]) =>
    minutier.run('annuler-import', file.write(content), '--motif', 'Mauvais fichier', ...more);
  const references = async (view: string, comite: string, ...basis: string[]) =>
    ((await minutier.json(view, '--comite', comite, ...basis)).items as { reference: string }[]).map(
      ({ reference }) => reference,
    );
  const rows = async (comite: string, ...basis: string[]) =>
    Object.fromEntries(
      await Promise.all(
        ['seances', 'membres', 'actions', 'decisions'].map(
          async (view) => [view, await references(view, comite, ...basis)] as const,
        ),
      ),
    );

  it('is annulled whole in one command, and what was known at its COPIL no longer has a name', async () => {
    await record(seance('seul', 1));
    const seen = await rows('seul');
    const dry = await withdraw(seance('seul', 1), '--dry-run');
    expect(dry.stdout).toContain('à annuler');
    expect(dry.stdout).toContain('seul/1/A1@0  Action décidée : ');
    expect(await rows('seul')).toEqual(seen);
    expect((await withdraw(seance('seul', 1))).code).toBe(0);
    expect(await rows('seul')).toEqual({ seances: [], membres: [], actions: [], decisions: [] });
    const named = await minutier.run('actions', '--as-of', 'seul/1');
    expect([named.code, named.stderr]).toEqual([1, expect.stringContaining('seul/1')]);
    const again = await withdraw(seance('seul', 1));
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('rien à annuler')]);
  });

  it('is then imported rightly, closed again, and its COPIL is the one of the second closing', async () => {
    const wrong = seance('encore', 1, { actions: [{ action: 'A1', intitule: 'Faux', acteurs: ['Lyon'] }] });
    await record(wrong);
    const before = await minutier.json('actions', 'encore/1/A1');
    await withdraw(wrong);
    for (let n = 0; n < 2; n += 1) await record(seance('encore', 1));
    const [action] = (await minutier.json('actions', '--as-of', 'encore/1')).items;
    expect([action.intitule, action.acteurs]).toEqual(['Écrire la note', ['Amue']]);
    const position = `position:${before.asOf.position}`;
    expect((await minutier.json('actions', 'encore/1/A1', '--as-of', position)).item.intitule).toBe('Faux');
    expect(await minutier.done('verify-views')).toContain('Les vues disent ce que dit le journal');
    // And once more, round and round.
    expect((await withdraw(seance('encore', 1))).code).toBe(0);
    await record(wrong);
    expect((await minutier.json('actions', 'encore/1/A1', '--as-of', 'encore/1')).item.intitule).toBe('Faux');
  });

  it('leaves what others use of the committee and its people, and says so', async () => {
    await record(seance('garde', 1));
    const second = seance('garde', 2);
    await record({ ...second, membres: [...second.membres, ...seance('garde', 1).membres] });
    const gone = await withdraw({ ...second, membres: [...second.membres, ...seance('garde', 1).membres] });
    expect([gone.code, gone.stderr]).toEqual([0, '']);
    expect(await rows('garde')).toEqual({
      seances: ['garde/1', 'garde/2'],
      membres: ['garde/M1'],
      actions: ['garde/1/A1'],
      decisions: ['garde/1/D1'],
    });
    // Planned by the first séance, and so it is again.
    expect((await minutier.json('seances', 'garde/2')).item.statut).toBe('planifiee');
  });

  it('stays where others rest on it, each of them named', async () => {
    await record(seance('tient', 1));
    await minutier.done('constater', 'tient/1/A1', 'En cours');
    await minutier.done(
      ...['prendre-decision', 'Changer', '--seance', 'tient/2', '--sujet', 'calendrier-1', '--texte', 'Oui'],
      ...['--relations', 'relation=remplace,decision=tient/1/D1'],
    );
    const { code, stderr } = await withdraw(seance('tient', 1));
    expect(code).toBe(1);
    expect(stderr).toContain('tient/1/A1@1');
    expect(stderr).toContain('tient/2/D1, qui se réfère à tient/1/D1');
    expect(stderr).toContain('rectificatif');
    expect((await rows('tient')).actions).toEqual(['tient/1/A1']);
  });

  it('once a later séance has sat it is amended; its rectificatif is annulled by itself', async () => {
    await record(seance('suivi', 1));
    await record(seance('suivi', 2));
    const refused = await withdraw(seance('suivi', 1));
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('suivi/2 s’est tenue depuis'),
    ]);
    const amends = {
      version: 1,
      comite: 'suivi',
      numero: 1,
      auteur: 'secretariat',
      rectificatif: { motif: 'Relecture' },
      actions: [{ action: 'A2', intitule: 'Relancer', acteurs: ['Lyon'] }],
      decisions: [
        { decision: 'D1', sujet: 'calendrier-1', intitule: 'Tenir', texte: 'Adopté à l’unanimité.' },
      ],
    };
    await record(amends);
    expect((await minutier.json('decisions', 'suivi/1/D1')).item.texte).toContain('unanimité');
    expect((await withdraw(amends)).code).toBe(0);
    expect((await minutier.json('decisions', 'suivi/1/D1')).item.texte).toBe('Adopté.');
    expect((await rows('suivi')).actions).toEqual(['suivi/1/A1', 'suivi/2/A1']);
    const { rectificatifs } = (await minutier.json('seances', 'suivi/1')).item;
    expect(rectificatifs.map(({ motif }: { motif: string }) => motif)).toEqual([
      'Relecture',
      'Mauvais fichier',
    ]);
  });

  it('while others record, goes whole or not at all: nothing is left on what is no more', async () => {
    const registre = await Registre.over(database);
    const others = await Registre.over(database);
    for (let n = 1; n <= 6; n += 1) {
      const comite = `course-${n}`;
      const text = stringify(seance(comite, 1));
      await importFile(registre, 'seance.yaml', text, { sources: [] });
      const { act } = rooms.flatMap(({ sayings }) => sayings).find((one) => one.act.verb === 'constater')!;
      const said = async (texte: string) => {
        const asker = { commandId: randomUUID(), author: 'autre' };
        const body = act.body.parse({ texte });
        return others.execute(await act.instruct(body, `${comite}/1/A1`, others.context(asker)));
      };
      const [withdrawn, ...recorded] = await Promise.allSettled([
        annulerImport(registre, 'seance.yaml', text, { motif: 'Course' }),
        ...['Un', 'Deux', 'Trois'].map(said),
      ]);
      const standing = await rows(comite);
      expect(standing.actions).toEqual(withdrawn.status === 'fulfilled' ? [] : [`${comite}/1/A1`]);
      const stream = await registre.store.readStream(`action-${comite}/1/A1`);
      if (withdrawn.status === 'fulfilled')
        expect([recorded.filter(({ status }) => status === 'fulfilled'), stream.length]).toEqual([[], 2]);
    }
    await Promise.all([registre, others].map((one) => one.close()));
  });

  it('a closing by itself is not annulled: the message says what to do', async () => {
    await record(seance('close', 1));
    const lignes = (await minutier.done('journal', '--stream', 'close/1')).split('\n');
    const nom = /close\/1@\d+(?= {2}SeanceCloturee)/.exec(lignes.join('\n'))![0];
    const { code, stderr } = await minutier.run('annuler', nom, '--motif', 'Trop tôt');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/rectificatif.*annuler-import/s)]);
    await withdraw(seance('close', 1));
    const annulee = /close\/1@(\d+) {2}EvenementAnnule/.exec(
      await minutier.done('journal', '--stream', 'close/1'),
    )![1];
    const lifted = await minutier.run('annuler', `close/1@${annulee}`, '--motif', 'Si');
    expect([lifted.code, lifted.stderr]).toEqual([1, expect.stringContaining('importe à nouveau')]);
  });
});
