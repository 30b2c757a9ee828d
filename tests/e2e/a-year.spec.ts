import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { type CommandLine, commandLine } from '../support/command-line.js';
import { seanceFile } from '../support/seance-files.js';
import { served, type Served } from '../support/served.js';

const COMITE = 'calypso';
const HEAD = { version: 1, comite: COMITE, auteur: 'secretariat' };
const MEMBRES = [
  { mandat: 'M1', personne: 'p1', nom: '[personne 01]', institution: 'Amue' },
  { mandat: 'M2', personne: 'p2', nom: '[personne 02]', institution: 'Université de Lyon' },
  { mandat: 'M3', personne: 'p3', nom: '[personne 03]', institution: 'Université de Lille' },
];
const VIEWS = ['seances', 'membres', 'actions', 'decisions'];
/** Where the log put things, and by which door they came. */
const OWN = ['cloturePosition', 'source'];

/** One register in which a year is recorded; its answers, but for what is of the log itself. */
interface Register {
  readonly name: string;
  readonly api: Served;
}

describe('a year of a committee, as its secretary lives it', () => {
  let byFiles: Register;
  let byHttp: Register;
  let minutier: CommandLine;
  const file = seanceFile();
  beforeAll(async () => {
    byFiles = { name: 'files and command line', api: await served() };
    byHttp = { name: 'HTTP', api: await served() };
    minutier = commandLine(byFiles.api.database);
  });
  afterAll(async () => {
    file.remove();
    await Promise.all([byFiles, byHttp].map(({ api }) => api.end()));
  });

  const record = (content: object) => minutier.done('import', file.write(content));
  const get = async ({ api }: Register, path: string) => {
    const answer = await fetch(`${api.url}/api/v1/${path}`);
    return [answer.status, (await answer.json()) as any] as const;
  };
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${byHttp.api.url}/api/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'secretariat' },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as any;
    if (answer.status !== 201) throw new Error(`${path} ${JSON.stringify(body)} : ${JSON.stringify(said)}`);
    return said.reference as string;
  };

  const told = async (register: Register, asOf?: string, effectiveAt?: string) => {
    const basis = [asOf && `asOf=${asOf}`, effectiveAt && `effectiveAt=${effectiveAt}`]
      .filter(Boolean)
      .join('&');
    const answers = VIEWS.map(async (view) => {
      const [status, { items }] = await get(register, `${view}?comite=${COMITE}&limit=200&${basis}`);
      expect(status).toBe(200);
      const rows = (items as Record<string, unknown>[]).map((row) =>
        Object.fromEntries(Object.entries(row).filter(([field]) => !OWN.includes(field))),
      );
      return [view, rows] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  };
  const DAYS = [undefined, '2018-03-26', '2018-03-27', '2018-07-13', '2018-09-27', '2018-12-10'];
  const alike = async (...seances: (string | undefined)[]) => {
    for (const asOf of seances)
      for (const day of DAYS)
        expect([asOf, day, await told(byFiles, asOf, day)]).toEqual([
          asOf,
          day,
          await told(byHttp, asOf, day),
        ]);
  };
  const now = async (view: string, reference: string, ...basis: string[]) =>
    (await minutier.json(view, reference, ...basis)).item;

  it('in January it is convoked for a day, then for another, then for the first again', async () => {
    const convoquee = (jour: string) => ({
      ...HEAD,
      numero: 1,
      comiteInstitue: { nom: 'Comité Calypso', depuis: '2018-01-01' },
      quorum: { part: '1/2', depuis: '2018-01-01' },
      seance: { jour },
      membres: MEMBRES,
      personnes: [{ personne: 'p4', nom: '[personne 04]' }],
      ordreDuJour: [
        { point: 'P1', titre: 'Suivi des actions' },
        { point: 'P2', titre: 'Calendrier' },
      ],
    });
    for (const jour of ['20/03/2018', '27/03/2018', '20/03/2018']) await record(convoquee(jour));
    expect((await now('seances', 'calypso/1')).jour.texte).toBe('20/03/2018');

    const ditLe = '20/03/2018';
    await post('comites', { comite: COMITE, nom: 'Comité Calypso', depuis: '2018-01-01' });
    await post(`comites/${COMITE}/quorum`, { part: '1/2', depuis: '2018-01-01', ditLe });
    for (const { mandat, personne, nom, institution } of MEMBRES) {
      const qui = `${COMITE}/${personne}`;
      await post('personnes', { personne: qui, nom, ditLe });
      await post('membres', { mandat: `${COMITE}/${mandat}`, personne: qui, institution, ditLe });
    }
    await post('personnes', { personne: `${COMITE}/p4`, nom: '[personne 04]', ditLe });
    await post('seances', { comite: COMITE, numero: 1, jour: '20/03/2018' });
    for (const [point, titre] of [
      ['P1', 'Suivi des actions'],
      ['P2', 'Calendrier'],
    ])
      await post('seances/calypso/1/points', { point, titre });
    for (const jour of ['27/03/2018', '20/03/2018']) await post('seances/calypso/1/jour', { jour });
    await alike(undefined);
  });

  const issue = (texte: string) => ({ issue: 'décision', texte });
  const tenue = {
    ...HEAD,
    numero: 1,
    comiteInstitue: { nom: 'Comité Calypso', depuis: '2018-01-01' },
    quorum: { part: '1/2', depuis: '2018-01-01' },
    seance: { jour: '27/03/2018' },
    membres: MEMBRES.map((one, index) => ({
      ...one,
      presence: ['présent', 'excusé', 'absent'][index],
      ...(index === 1 && { suppleant: 'p4' }),
    })),
    personnes: [{ personne: 'p4', nom: '[personne 04]' }],
    ordreDuJour: [
      { point: 'P1', titre: 'Suivi des actions', issue: { issue: 'information', texte: 'Rien encore.' } },
      { point: 'P2', titre: 'Calendrier', issue: issue('Tenu.') },
    ],
    ouverture: {},
    actions: [
      { action: 'A1', intitule: 'Joindre les indicateurs', acteurs: ['amue'], recurrence: 'à chaque COPIL' },
      { action: 'A2', intitule: 'Solliciter Parcoursup', acteurs: ['Amue'], echeance: 'fin juin 2018' },
    ],
    decisions: [{ decision: 'D1', sujet: 'calendrier', intitule: 'Tenir le calendrier', texte: 'Adopté.' }],
    prochaine: { numero: 2, jour: 'fin septembre 2018' },
    cloture: {},
  };

  it('in March it sits, in the same file, on another day; a member has an alternate', async () => {
    await record(tenue);
    expect(await record(tenue)).toContain('rien n’a changé');

    await post('seances/calypso/1/jour', { jour: '27/03/2018' });
    await post('seances/calypso/1/ouverture', {
      presences: [
        { personne: 'calypso/p1', presence: 'présent' },
        { personne: 'calypso/p2', presence: 'excusé', suppleant: 'calypso/p4' },
        { personne: 'calypso/p3', presence: 'absent' },
      ],
    });
    await post('decisions', {
      ...{ seance: 'calypso/1', nature: 'decision', sujet: 'calendrier' },
      ...{ intitule: 'Tenir le calendrier', texte: 'Adopté.', relations: [] },
    });
    const [recurrente, parcoursup] = tenue.actions.map(({ action: _, ...one }) => ({
      seance: 'calypso/1',
      ...one,
    }));
    expect(await post('actions', recurrente!)).toBe('calypso/1/A1');
    expect(await post('actions', parcoursup!)).toBe('calypso/1/A2');
    for (const { point, issue: dite } of tenue.ordreDuJour)
      await post('seances/calypso/1/issues', { point, ...dite });
    await post('seances', { comite: COMITE, numero: 2, jour: 'fin septembre 2018', ditLe: '27/03/2018' });
    await post('seances/calypso/1/cloture', {});
    expect((await now('seances', 'calypso/1')).quorum).toBe('atteint');
    await alike('calypso/1', undefined);
  });

  it('between March and September what is typed late has its day, and a date is corrected twice', async () => {
    await minutier.done(
      ...['constater', 'calypso/1/A2', 'Réponse reçue', '--le', '12/07/2018', '--dit-le', '13/07/2018'],
      ...['--code', 'en cours'],
    );
    const avancement = { texte: 'Réponse reçue', le: '12/07/2018', ditLe: '13/07/2018', code: 'en cours' };
    await post('actions/calypso/1/A2/avancement', avancement);
    const corrections = [
      ['calypso/1/A2@1', '11/07/2018'],
      ['calypso/1/A2@2', '10/07/2018'],
    ];
    for (const [evenement, le] of corrections) {
      await minutier.done('corriger', evenement!, '--champ', `le=${le}`, '--motif', 'Relu');
      await post('corrections', { evenement, champs: { le }, motif: 'Relu' });
    }
    expect((await now('actions', 'calypso/1/A2', '--effective-at', '2018-07-10')).avancement).toBe(
      'Réponse reçue',
    );
    expect((await now('actions', 'calypso/1/A2', '--effective-at', '2018-07-09')).avancement).toBeNull();
    await alike('calypso/1', undefined);
  });

  it('in September the file of the next séance is the one that the register proposes', async () => {
    const modele = parse(await minutier.done('modele', COMITE));
    expect(modele.presences.map(({ personne, nom }: any) => [personne, nom])).toEqual(
      MEMBRES.map(({ personne, nom }) => [personne, nom]),
    );
    expect(modele.ordreDuJour.map(({ point, titre }: any) => [point, titre])).toEqual([
      ['P1', 'Suivi des actions'],
      ['P2', 'Calendrier'],
    ]);
    expect(modele.avancements.map(({ action }: any) => action)).toEqual(['calypso/1/A1', 'calypso/1/A2']);
    const [recurrente, parcoursup] = modele.avancements;
    await record({
      ...modele,
      auteur: 'secretariat',
      seance: { jour: '27/09/2018' },
      presences: modele.presences.map((one: any, index: number) => ({
        ...one,
        presence: index === 0 ? 'présent' : 'excusé',
      })),
      ordreDuJour: modele.ordreDuJour.map((one: any) => ({ ...one, issue: issue('Vu.') })),
      avancements: [
        { ...recurrente, texte: 'Fait', code: 'fait' },
        { ...parcoursup, texte: 'Fait', code: 'fait' },
      ],
      ouverture: {},
      prochaine: { numero: 3, jour: '10/12/2018' },
      cloture: {},
    });

    await post('seances/calypso/2/jour', { jour: '27/09/2018' });
    for (const [point, titre] of [
      ['P1', 'Suivi des actions'],
      ['P2', 'Calendrier'],
    ])
      await post('seances/calypso/2/points', { point, titre });
    await post('seances/calypso/2/ouverture', {
      presences: MEMBRES.map(({ personne }, index) => ({
        personne: `${COMITE}/${personne}`,
        presence: index === 0 ? 'present' : 'excuse',
      })),
    });
    for (const action of ['A1', 'A2'])
      await post(`actions/calypso/1/${action}/avancement`, {
        seance: 'calypso/2',
        texte: 'Fait',
        code: 'fait',
      });
    for (const point of ['P1', 'P2'])
      await post('seances/calypso/2/issues', { point, issue: 'decision', texte: 'Vu.' });
    await post('seances', { comite: COMITE, numero: 3, jour: '10/12/2018', ditLe: '27/09/2018' });
    await post('seances/calypso/2/cloture', {});

    const recurrent = await now('actions', 'calypso/1/A1');
    expect([recurrent.statut, recurrent.occurrences.length]).toEqual(['ouverte', 1]);
    expect((await now('actions', 'calypso/1/A2')).statut).toBe('faite');
    expect((await now('seances', 'calypso/2')).quorum).toBe('non-atteint');
    await alike('calypso/1', 'calypso/2', undefined);
  });

  it('in October the minutes of March are amended, and what was known at a COPIL does not move', async () => {
    const before = await told(byFiles, 'calypso/1');
    const [oubli, relu] = ['Oubliée au relevé', 'Relevé relu par les membres'];
    const relance = { intitule: 'Relancer les établissements', acteurs: ['universite de lyon'] };
    const amends = (motif: string, more: object) =>
      record({ ...HEAD, numero: 1, rectificatif: { motif }, ...more });
    await amends(oubli, { actions: [{ action: 'A3', ...relance }] });
    await amends(relu, { presences: [{ personne: 'p3', presence: 'excusé' }] });

    await post('actions', { seance: 'calypso/1', ...relance, rectificatif: { motif: oubli } });
    const [, { items }] = await get(byHttp, 'journal?stream=calypso/1&limit=50');
    const { evenement } = items.find(({ type }: any) => type === 'SeanceOuverte');
    await post('corrections', { evenement, champs: { 'presences.2.presence': 'excusé' }, motif: relu });
    expect(await told(byFiles, 'calypso/1')).toEqual(before);
    expect((await now('seances', 'calypso/1')).presences[2].presence).toBe('excuse');
    expect(await minutier.done('seances', 'calypso/1', '--as-of', 'calypso/1')).toContain(
      'La séance calypso/1 a été rectifiée depuis, 2 fois',
    );
    await alike('calypso/1', 'calypso/2', undefined);
  });

  it('in December a decision takes the place of the first, and the whole year answers alike', async () => {
    const decision = {
      ...{ sujet: 'calendrier', intitule: 'Décaler le calendrier', texte: 'Adopté.' },
      relations: [{ relation: 'remplace', decision: 'calypso/1/D1' }],
    };
    const modele = parse(await minutier.done('modele', COMITE));
    // What recurs comes back after each occurrence; what is done does not.
    expect(modele.avancements.map(({ action }: any) => action)).toEqual(['calypso/1/A1', 'calypso/1/A3']);
    await record({
      ...modele,
      auteur: 'secretariat',
      seance: { jour: '10/12/2018' },
      presences: modele.presences.map((one: any) => ({ ...one, presence: 'présent' })),
      ordreDuJour: modele.ordreDuJour.map((one: any) => ({ ...one, issue: issue('Vu.') })),
      avancements: [{ ...modele.avancements[0], texte: 'Fait', code: 'fait' }],
      decisions: [{ decision: 'D1', ...decision }],
      ouverture: {},
      cloture: {},
    });

    for (const [point, titre] of [
      ['P1', 'Suivi des actions'],
      ['P2', 'Calendrier'],
    ])
      await post('seances/calypso/3/points', { point, titre });
    await post('seances/calypso/3/ouverture', {
      presences: MEMBRES.map(({ personne }) => ({ personne: `${COMITE}/${personne}`, presence: 'present' })),
    });
    await post('decisions', { seance: 'calypso/3', ...decision });
    await post('actions/calypso/1/A1/avancement', { seance: 'calypso/3', texte: 'Fait', code: 'fait' });
    for (const point of ['P1', 'P2'])
      await post('seances/calypso/3/issues', { point, issue: 'decision', texte: 'Vu.' });
    await post('seances/calypso/3/cloture', {});

    expect((await now('decisions', 'calypso/1/D1')).statut).toBe('remplacee');
    expect((await now('decisions', 'calypso/1/D1', '--as-of', 'calypso/2')).statut).toBe('en-vigueur');
    expect((await now('actions', 'calypso/1/A1')).occurrences).toHaveLength(2);
    await alike('calypso/1', 'calypso/2', 'calypso/3', undefined);
    expect(await minutier.done('verify-views')).toContain('Les vues disent ce que dit le journal');
  });
});
