import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { draw } from '../../apps/cli/table.js';
import { enPhrases } from '../../apps/output.js';
import { type CommandLine, commandLine } from '../support/command-line.js';
import { seanceFile } from '../support/seance-files.js';
import { type TestDatabase, testDatabase } from '../support/test-database.js';

const DECK = '212105728a47006de72d3e6e0d4f1d170cd18c36c9100df6cb8fe13e1ea0e5ab';
const SEANCE = {
  version: 1,
  comite: 'lu',
  numero: 1,
  auteur: 'secretariat',
  comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
  seance: { jour: '27/03/2018' },
  personnes: [{ personne: 'p1', nom: '[personne 01]' }],
  ordreDuJour: [
    { point: 'P1', titre: 'Point « dit » lu', issue: { issue: 'reporte', motif: 'Faute de temps.' } },
    { point: 'P2', titre: 'Plan', issue: { issue: 'sans-decision', motif: 'Rien' } },
  ],
  ouverture: {},
  actions: [{ action: 'A1', intitule: 'Écrire', acteurs: ['Amue'], echeance: 'fin juin 2018' }],
  avancements: [{ action: 'A1', acteur: 'Amue', texte: 'Non communiqué', code: 'non-communique' }],
  questions: [{ decision: 'D1', sujet: 'ou', intitule: 'Où ?', options: [] }],
  cloture: {},
};

describe('what is printed, as a French reader reads it', () => {
  let database: TestDatabase;
  let minutier: CommandLine;
  const file = seanceFile();
  beforeAll(async () => {
    database = await testDatabase();
    minutier = commandLine(database);
    await minutier.done('import', file.write(SEANCE));
  });
  afterAll(async () => {
    file.remove();
    await database.drop();
  });

  it('what is not known is not nought: members of whom nothing was said, a séance without presences', async () => {
    expect(await minutier.done('membres')).toContain('Non communiqués : aucun membre n’est connu');
    expect(await minutier.done('seances')).toContain('non communiqués');
    expect(await minutier.done('journal')).toContain('présence des membres non communiquée');
  });

  it('codes are words, in tables, sheets and sentences', async () => {
    const sheet = await minutier.done('seances', 'lu/1');
    expect(sheet).toContain('P1 Point « dit » lu — reporté : Faute de temps.');
    expect(sheet).toContain('27/03/2018');
    expect(sheet).not.toMatch(/reporte\b|sans-decision|[{}[\]]|cloturePosition/);
    expect(await minutier.done('actions')).toContain('non communiqué');
    expect(await minutier.done('seances')).toContain('sans décision : 1');
    const journal = await minutier.done('journal');
    expect(journal).toContain('Avancement (Amue) : « Non communiqué » (non communiqué).');
    expect(journal).toContain('Le point P1 « Point “dit” lu » est inscrit.');
    expect(journal).toContain('Le point P1 a pour issue « reporté » (Faute de temps).');
    expect(journal).toContain('La personne lu/p1 est enregistrée.');
    expect(journal).not.toMatch(/\.\.|0 option\(s\)|de Amue/);
    const question = await minutier.done('pourquoi', 'lu/1/D1');
    expect(question).not.toContain('prise à');
  });

  it('spaces keep a sentence together, and what is to be typed is left as it must be', () => {
    const typed = "minutier corriger lu/1/A1@1 --champ 'texte=\"« Fait » : oui\"' --motif '…'";
    expect(enPhrases(`Le point « dit » :\n    pour corriger : ${typed}\nEt après ?`)).toBe(
      `Le point «\u00a0dit\u00a0»\u00a0:\n    pour corriger\u00a0: ${typed}\nEt après\u00a0?`,
    );
  });

  it('help is in French, heading by heading', async () => {
    for (const command of [[], ['help'], ['import', '--help'], ['log', '--help'], ['constater', '--help']])
      expect(await minutier.done(...command.concat(command.length === 0 ? ['--help'] : []))).not.toMatch(
        /Usage:|Options:|Commands:|display help|\[command\]|Arguments:/,
      );
  });

  it('a server that does not answer is told without what the system calls it', async () => {
    const at = (url: string) => commandLine(database, 'moi', { DATABASE_URL: url }).run('actions');
    expect(await at('postgres://x:y@127.0.0.1:1/z')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'Le registre ne répond pas : rien n’écoute à l’adresse 127.0.0.1:1\n',
    });
    expect((await at('postgres://x:y@nulle.part.invalid/z')).stderr).toMatch(/le nom \S+ n’a pas d’adresse/);
  });

  it('a port that is taken is told in words, and not in colours', async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const { port } = other.address() as AddressInfo;
    try {
      const { code, stderr } = await minutier.run('serve', '--port', String(port));
      expect([code, stderr]).toEqual([
        1,
        'Ce port est déjà pris : --port ou MINUTIER_PORT en donne un autre.\n',
      ]);
    } finally {
      other.close();
    }
  });

  it('a fault says in French what is asked for, at its field and line', async () => {
    const { code, stderr } = await minutier.run(
      'import',
      file.write({ ...SEANCE, numero: 2, actions: 12, invites: [{}] }),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/actions : il faut une liste, et c’est un nombre/);
    expect(stderr).not.toMatch(/chaîne|Entrée invalide|Option invalide|Invalid/);
    const bombe = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `k${n}: &a${n} [${`*a${n - 1},`.repeat(10)}]`);
    const answer = await minutier.run('import', file.writeText(['k0: &a0 [x]', ...bombe].join('\n')));
    expect(answer.stderr).toMatch(/les alias .* répètent trop de choses/);
  });

  it('lines alone cite the words of the fact itself, which are checked all the same', async () => {
    const cited = (source: unknown) => ({
      ...SEANCE,
      comite: 'cite',
      preuve: { fichier: 'copil-apogee-rof-2018.txt', sha256: DECK },
      actions: [
        {
          ...{ action: 'A1', intitule: 'Suivre les actions', acteurs: ['Amue'] },
          source: { lignes: 27, verbatim: 'Suivi des actions', nature: 'inferred', motif: 'Du titre' },
        },
      ],
      avancements: [],
      questions: [],
      personnes: [],
      comiteInstitue: { nom: 'COPIL', depuis: '2018-01-01', source: { lignes: 40, verbatim: 'C O P I L' } },
      seance: { jour: '27/03/2018', source: { lignes: 40, verbatim: 'C O P I L' } },
      ordreDuJour: [{ point: 'P1', titre: 'Suivi des actions', source }],
      ouverture: null,
      cloture: null,
    });
    await minutier.done('import', file.write(cited(27)));
    const { items } = await minutier.json('journal', '--stream', 'cite/1');
    expect(items.at(-1)).toMatchObject({
      source: { debut: 27, fin: 27, verbatim: 'Suivi des actions', nature: 'asserted' },
    });
    const sheet = await minutier.done('actions', 'cite/1/A1');
    expect(sheet.replace(/\s+/g, ' ')).toContain('ligne 27 : « Suivi des actions », déduit : Du titre');
    expect(sheet).not.toMatch(/inferred|asserted/);
    const jour = { ...cited(27), seance: { jour: '27/03/2018', source: 40 } };
    const refused = await minutier.run('import', file.write({ ...jour, comite: 'cite2' }));
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('quels mots de la preuve')]);
  });

  describe('on a terminal', () => {
    const columns = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
    const at = (width: number) =>
      Object.defineProperty(process.stdout, 'columns', { value: width, configurable: true });
    afterEach(() => {
      if (columns) Object.defineProperty(process.stdout, 'columns', columns);
      else delete (process.stdout as { columns?: number }).columns;
    });
    const rows = [
      ['lu/1/A1', 'Joindre le fichier détaillé des anomalies bloquantes au compte rendu de chaque séance'],
    ];
    const heads = [
      { heading: 'Action', grow: 0 },
      { heading: 'Intitulé', grow: 1 },
    ];

    it('of 80 columns, rows are records that fit it', () => {
      at(80);
      const drawn = draw(heads, rows);
      expect(drawn).toMatch(/^Action {4}lu\/1\/A1\nIntitulé {2}Joindre/);
      for (const line of drawn.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    });

    it('of 120 columns, they are a table', () => {
      at(120);
      expect(draw(heads, rows)).toContain('┌');
    });
  });
});
