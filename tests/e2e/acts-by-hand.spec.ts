import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rooms } from '../../libs/registre/index.js';
import { type CommandLine, commandLine } from '../support/command-line.js';
import { seanceFile } from '../support/seance-files.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const seance = (comite: string, numero: number, jour: string, more: object = {}) => ({
  version: 1,
  comite,
  numero,
  auteur: 'secretariat',
  ...(numero === 1 && {
    comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
    membres: [
      { mandat: 'M1', personne: 'p1', nom: '[personne 01]', institution: 'Amue', presence: 'present' },
    ],
  }),
  seance: { jour },
  ordreDuJour: [{ point: 'P1', titre: 'Suivi', issue: { issue: 'information', texte: 'Dit.' } }],
  ouverture: {},
  cloture: {},
  ...more,
});

describe('between two séances, by the command line', () => {
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
  const action = async (reference: string, ...basis: string[]) =>
    (await minutier.json('actions', reference, ...basis)).item;

  it('a progress that is typed late takes the place of the day on which it was said', async () => {
    await record(
      seance('entre', 1, '27/03/2018', {
        actions: [{ action: 'A1', intitule: 'Solliciter', acteurs: ['Amue'] }],
      }),
    );
    await record(
      seance('entre', 2, '27/09/2018', {
        avancements: [{ action: 'entre/1/A1', texte: 'Relancé', code: 'en-attente' }],
      }),
    );
    const said = ['constater', 'entre/1/A1', 'Réponse reçue', '--le', '12/07/2018', '--code', 'fait'];
    expect(await minutier.done(...said, '--dit-le', '13/07/2018')).toContain('Réponse reçue');
    expect((await action('entre/1/A1')).avancement).toBe('Relancé');
    expect((await action('entre/1/A1', '--effective-at', '2018-08-01')).avancement).toBe('Réponse reçue');
    // Without the day on which it was said, what is typed last is the last word.
    await minutier.done(...said);
    expect((await action('entre/1/A1')).avancement).toBe('Réponse reçue');
  });

  it('a due date, a dropping and a new mandate too; and at a closed séance only with its reason', async () => {
    await record(
      seance('actes', 1, '27/03/2018', {
        actions: [
          { action: 'A1', intitule: 'Solliciter', acteurs: ['Amue'] },
          { action: 'A2', intitule: 'Publier', acteurs: ['Amue'] },
        ],
      }),
    );
    await minutier.done('reviser-echeance', 'actes/1/A1', 'fin septembre 2018');
    await minutier.done('abandonner', 'actes/1/A2', 'Sans objet');
    expect((await action('actes/1/A1')).echeanceAuPlusTard).toBe('2018-09-30');
    expect((await action('actes/1/A2')).statut).toBe('abandonnee');
    await minutier.done('enregistrer-personne', 'actes/p2', '[personne 02]');
    await minutier.done(
      ...['confier-mandat', 'actes/M2', '--personne', 'actes/p2', '--institution', 'Lyon'],
      ...['--du', '2018-05-01'],
    );
    expect((await minutier.json('membres', 'actes/M2')).item.institution).toBe('Lyon');

    const late = ['decider-action', 'Relancer', '--acteurs', 'Amue', 'Lyon', '--seance', 'actes/1'];
    const refused = await minutier.run(...late);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('rectificatif')]);
    expect(await minutier.done(...late, '--rectificatif', 'Oubliée au relevé')).toContain('actes/1/A3@0');
    expect((await minutier.json('seances', 'actes/1')).item.rectificatifs).toEqual([
      { le: expect.any(String), motif: 'Oubliée au relevé' },
    ]);
  });

  it('a fault names what is wrong as it was typed, and nothing is recorded', async () => {
    const vide = await minutier.run('constater', 'actes/1/A1', 'Oui', '--code', 'peut-etre', '--acteur', '');
    expect(vide.code).toBe(2);
    expect(vide.stderr).toContain('--code');
    expect(vide.stderr).toContain('--acteur');
    for (const jour of ['31/12/2999', 'bientôt']) {
      const refused = await minutier.run('constater', 'actes/1/A1', 'Oui', '--dit-le', jour);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--dit-le')]);
    }
    expect((await minutier.run('constater', 'actes/1/A9', 'Oui')).code).toBe(1);
    expect((await action('actes/1/A1')).avancements).toEqual([]);
  });

  it('whatever can be said has a command of its own name', async () => {
    const verbs = rooms.flatMap(({ sayings }) => sayings.map(({ act }) => act.verb));
    expect(new Set(verbs).size).toBe(verbs.length);
    const { stdout } = await minutier.run('--help');
    for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
    const help = await Promise.all(verbs.map((verb) => minutier.done(verb, '--help')));
    for (const one of help) expect(one).toContain('--json');
  });
});
