import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { importFile } from '../../libs/seance-file/index.js';
import { commandLine, type CommandLine } from '../support/command-line.js';
import { served, type Served } from '../support/served.js';

const seance = (comite: string) => ({
  version: 1,
  comite,
  numero: 1,
  auteur: 'secretariat',
  comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
  seance: { jour: '27/03/2018' },
  ordreDuJour: [{ point: 'P1', titre: 'Suivi', issue: { issue: 'information', texte: 'Dit.' } }],
  ouverture: {},
  actions: [
    { action: 'A1', intitule: 'Écrire', acteurs: ['Amue'], echeance: 'fin juin 2018' },
    { action: 'A2', intitule: 'Relire', acteurs: ['Lyon'] },
  ],
  cloture: {},
});

describe('what was put right since', () => {
  let api: Served;
  let minutier: CommandLine;
  beforeAll(async () => {
    api = await served();
    minutier = commandLine(api.database, 'secretaire');
    for (const comite of ['revu', 'autre'])
      await importFile(api.registre, 'seance.yaml', stringify(seance(comite)), { sources: [] });
    await minutier.done(
      'corriger',
      'revu/1/A1@0',
      '--champ',
      'echeance=fin sept. 2018',
      '--motif',
      'Coquille',
    );
    await minutier.done('annuler', 'revu/1/A2@0', '--motif', 'N’a pas été décidée');
    await minutier.done('corriger', 'autre/1/A1@0', '--champ', 'intitule=Écrire tout', '--motif', 'Oubli');
  });
  afterAll(() => api.end());
  const get = async (path: string) => (await (await fetch(`${api.url}/api/v1/${path}`)).json()) as any;

  it('a correction tells its reason and what it changed, in the journal and in the chain', async () => {
    const [, corrige] = (await get('journal?stream=revu/1/A1')).items;
    expect(corrige).toMatchObject({
      corrige: 'revu/1/A1@0',
      motif: 'Coquille',
      change: [
        { champ: 'echeance.texte', avant: 'fin juin 2018', apres: 'fin sept. 2018' },
        { champ: 'echeance.auPlusTot', avant: '2018-06-21', apres: '2018-09-21' },
        { champ: 'echeance.auPlusTard', avant: '2018-06-30', apres: '2018-09-30' },
      ],
    });
    for (const shown of [
      await minutier.done('journal', '--stream', 'revu/1/A1'),
      await minutier.done('pourquoi', 'revu/1/A1'),
    ]) {
      expect(shown).toContain('Motif : Coquille.');
      expect(shown).toContain('echeance : « fin juin 2018 » → « fin sept. 2018 »');
    }
  });

  it('annulling a correction says that the original stands again, lifting an annulment too', async () => {
    const annulee = await minutier.done('annuler', 'revu/1/A1@1', '--motif', 'À tort');
    expect(annulee).toContain('La correction revu/1/A1@1 est annulée : À tort. revu/1/A1@0 tient à nouveau');
    const levee = await minutier.done('annuler', 'revu/1/A2@1', '--motif', 'Si');
    expect(levee).toContain('L’annulation revu/1/A2@1 est levée : Si. revu/1/A2@0 tient à nouveau');
    expect((await get('journal?stream=revu/1/A2')).items.at(-1).retablit).toBe('revu/1/A2@0');
  });

  it('a correction that changes nothing is refused', async () => {
    const rien = ['corriger', 'revu/1/A1@0', '--champ', 'echeance=fin juin 2018', '--motif', 'x'];
    const { code, stderr } = await minutier.run(...rien);
    expect([code, stderr]).toEqual([2, expect.stringContaining('ne changerait rien')]);
  });

  it('all of it between two points is one list, by the command line and over HTTP', async () => {
    const { items } = await minutier.json('rectifications', '--comite', 'revu');
    expect(items.map(({ evenement, motif, author }: any) => [evenement, motif, author])).toEqual([
      ['revu/1/A1@1', 'Coquille', 'secretaire'],
      [expect.stringMatching(/^revu\/1@/), 'Coquille', 'secretaire'],
      ['revu/1/A2@1', 'N’a pas été décidée', 'secretaire'],
      [expect.stringMatching(/^revu\/1@/), 'N’a pas été décidée', 'secretaire'],
      ['revu/1/A1@2', 'À tort', 'secretaire'],
      [expect.stringMatching(/^revu\/1@/), 'À tort', 'secretaire'],
      ['revu/1/A2@2', 'Si', 'secretaire'],
      [expect.stringMatching(/^revu\/1@/), 'Si', 'secretaire'],
    ]);
    const asked = (more: string) => get(`rectifications?comite=revu${more}`);
    expect((await asked('')).items).toEqual(items);
    // From the COPIL on; up to it there was none; and page by page.
    expect((await asked('&from=revu/1')).items).toEqual(items);
    expect((await asked('&to=revu/1')).items).toEqual([]);
    const pages = [];
    for (let next: string | null = '0'; next !== null;) {
      const page: any = await asked(`&limit=3&after=${next}`);
      pages.push(...page.items);
      next = page.next;
    }
    expect(pages).toEqual(items);
    const list = await minutier.done('rectifications', '--from', 'revu/1');
    expect(list).toContain('Motif : Coquille.');
    // Of a date, its words.
    expect(list).not.toContain('auPlusT');
  });

  it('what a new day of a séance brings along is put right by nobody', async () => {
    await minutier.done('planifier-seance', '--comite', 'autre', '--numero', '2', '--jour', '30/06/2018');
    await minutier.done('inscrire-point', 'autre/2', 'Bilan', '--point', 'P1');
    expect(await minutier.done('dater-seance', 'autre/2', '20/06/2018')).toContain('accompagne');
    const { items } = await minutier.json('rectifications', '--comite', 'autre');
    expect(items.map(({ motif }: any) => motif)).toEqual(['Oubli', 'Oubli']);
  });

  it('beside what was known at a séance stands that it was amended since', async () => {
    const shown = await minutier.done('actions', '--as-of', 'revu/1');
    expect(shown).toMatch(
      /La séance revu\/1 a été rectifiée depuis, 4 fois, la dernière le \d\d\/\d\d\/\d{4} \(Si\)/,
    );
    const { asOf, items } = await get('actions?asOf=revu/1');
    expect(asOf.rectificatifs.map(({ motif }: any) => motif)).toHaveLength(4);
    expect(items).toHaveLength(2);
    expect((await get('actions?asOf=revu/1&comite=revu')).items).toEqual(items);
    expect((await get('actions')).asOf.rectificatifs).toBeUndefined();
  });

  it('what is added to the minutes of a séance says why', async () => {
    const omise = ['--acteurs', 'Amue', '--seance', 'autre/1', '--rectificatif', 'Omise'];
    await minutier.done('decider-action', 'Relancer', ...omise);
    expect(await minutier.done('rectifications', '--comite', 'autre')).toContain(
      'Action décidée : « Relancer » (Amue). Motif : Omise.',
    );
  });
});
