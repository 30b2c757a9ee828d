import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { tableau, totauxEnClair, vue } from '../../apps/cli/views.command.js';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { diff, readView } from '../../libs/registre/index.js';
import { importFile, modele } from '../../libs/seance-file/index.js';
import { seanceTenue } from '../support/seance-files.js';
import { served, type Served } from '../support/served.js';

/** Two indicators of the deck (lines 120–122 and 130–131), with figures of a fictitious committee. */
const FIRST = seanceTenue(
  1,
  '2018-06-20',
  `
comiteInstitue: { nom: CALLIOPE (fictif), depuis: 2017-01-01 }
indicateurs:
  - indicateur: anomalies-bloquantes
    axe: Fiabilité de la solution
    intitule: Nb d’anomalies bloquantes par trimestre
    perimetre: développées par le titulaire
    sens: baisse
    seuil: 12.50
    depuis: 2017-12-31
  - { indicateur: delai, axe: Réactivité de la maintenance, intitule: Délai sur une DM bloquante, unite: jours }
valeurs:
  - { indicateur: anomalies-bloquantes, periode: 2017, valeur: 12345678901234567.89 }
  - { indicateur: anomalies-bloquantes, periode: 2018-T1, valeur: "12,5", preuve: Tableau de bord }
`,
);
const SECOND = seanceTenue(
  2,
  '2018-11-20',
  `
valeurs:
  - { indicateur: anomalies-bloquantes, periode: 2018-T2, valeur: null }
  - { indicateur: anomalies-bloquantes, periode: 2018-T3, valeur: 4 }
retraitements:
  - { indicateur: anomalies-bloquantes, periode: 2018-T1, valeur: 13, motif: Une anomalie de plus }
definitions:
  - { indicateur: anomalies-bloquantes, des: 2018-T3, seuil: 3 }
`,
);
const ANOMALIES = 'calliope/indicateur/anomalies-bloquantes';

describe('indicators', () => {
  let api: Served;
  beforeAll(async () => {
    api = await served();
    for (const [name, text] of Object.entries({ FIRST, SECOND }))
      await importFile(api.registre, name, text, { sources: [] });
  });
  afterAll(() => api.end());
  const at = async (name: string, basis: object, filters: Record<string, string> = {}) =>
    (await readView(api.registre, vue(name).view, { ...basis, filters })).items;
  const values = async (basis: object) =>
    Object.fromEntries((await at('valeurs', basis)).map(({ periode, valeur }) => [periode, valeur]));

  it('keep every digit of a figure, from the file to the answer', async () => {
    expect(await values({ asOf: 'calliope/1' })).toEqual({
      '2017': '12345678901234567.89',
      '2018-T1': '12.5',
    });
    const answer = await fetch(`${api.url}/api/v1/valeurs/${ANOMALIES}/2017`);
    expect(await answer.text()).toContain('"valeur":"12345678901234567.89"');
    const { basis, items } = await readView(api.registre, vue('valeurs').view, {});
    expect(tableau(vue('valeurs'), basis, items)).toContain(
      '12\u202f345\u202f678\u202f901\u202f234\u202f567,89',
    );
  });

  it('are told as they were known at a COPIL, and as they were true on a day', async () => {
    const later = { '2017': '12345678901234567.89', '2018-T1': '13', '2018-T2': null, '2018-T3': '4' };
    expect(await values({})).toEqual(later);
    expect(await values({ asOf: 'calliope/2', effectiveAt: '2018-08-01' })).toEqual({
      '2017': '12345678901234567.89',
      '2018-T1': '12.5',
      '2018-T2': null,
    });
    expect(await values({ effectiveAt: '2018-01-15' })).toEqual({ '2017': '12345678901234567.89' });
  });

  it('show their last values, what is not communicated, and what is beyond its threshold of then', async () => {
    expect(
      await at('indicateurs', { asOf: 'calliope/1' }, { axe: 'Fiabilité de la solution' }),
    ).toMatchObject([
      { reference: ANOMALIES, seuil: '12.5', franchi: 'non', nonCommuniquees: 0, derniere: '2018-T1' },
    ]);
    expect(await at('indicateurs', {}, { franchi: 'oui' })).toMatchObject([
      { reference: ANOMALIES, seuil: '3', nonCommuniquees: 1, statut: 'suivi' },
    ]);
    const beyond = (await at('valeurs', {})).map(({ periode, franchi }) => [periode, franchi]);
    expect(Object.fromEntries(beyond)).toEqual({
      '2017': 'oui',
      '2018-T1': 'oui',
      '2018-T2': 'indetermine',
      '2018-T3': 'oui',
    });
    expect(await at('valeurs', {}, { periode: '2018-T1' })).toMatchObject([
      { retraitements: ['Une anomalie de plus'], preuve: 'Tableau de bord' },
    ]);
  });

  it('tell over a whole answer, however short its page, what is not communicated', async () => {
    const of = async (path: string) =>
      ((await (await fetch(`${api.url}/api/v1/${path}`)).json()) as { totaux: unknown }).totaux;
    expect(await of('valeurs?limit=1')).toEqual({ valeur: { somme: null, termes: 3, nonCommuniques: 1 } });
    expect(await of('valeurs?limit=1&asOf=calliope/1')).toEqual({
      valeur: { somme: null, termes: 2, nonCommuniques: 0 },
    });
    expect(await of('indicateurs?statut=suivi')).toEqual({
      nonCommuniquees: { somme: '1', termes: 2, nonCommuniques: 0 },
    });
  });

  it('say the total under the table in words, and nothing where there is no term', async () => {
    const told = async (filters: Record<string, string>) =>
      totauxEnClair(
        vue('valeurs'),
        (await readView(api.registre, vue('valeurs').view, { asOf: 'calliope/2', filters })).totaux,
      );
    expect(await told({})).toEqual(['Valeurs : 3 communiquées, 1 non communiquée']);
    expect(await told({ periode: '2018-T2' })).toEqual(['Valeurs : 0 communiquée, 1 non communiquée']);
    expect(await told({ periode: '1999' })).toEqual([]);
  });

  it('are told what changed between two COPILs, and why', async () => {
    const changed = await diff(api.registre, vue('valeurs').view, { from: 'calliope/1', to: 'calliope/2' });
    expect(
      changed.changes.map(({ reference, champs }) => [reference, champs.map(({ champ }) => champ)]),
    ).toEqual([[`${ANOMALIES}/2018-T1`, ['valeur', 'retraitements']]]);
    expect(changed.ajoutes.map(({ reference }) => reference)).toEqual([
      `${ANOMALIES}/2018-T2`,
      `${ANOMALIES}/2018-T3`,
    ]);
    const why = await (await fetch(`${api.url}/api/v1/pourquoi/${ANOMALIES}/2018-T1`)).text();
    expect(why).toContain('Valeur de 2018-T1 retraitée : 13 (Une anomalie de plus).');
    expect(why).not.toContain('Valeur de 2018-T3');
  });

  it('are prefilled in the next séance’s file, which says nothing until it is filled', async () => {
    const next = (await modele(api.registre, 'calliope')) as { valeurs: object[] };
    expect(next.valeurs).toContainEqual(
      expect.objectContaining({ indicateur: ANOMALIES, attendue: '2018-T4', periode: null, valeur: null }),
    );
    const file = { ...next, auteur: 'moi', seance: { jour: '2019-02-01' }, ouverture: {} };
    const { handled } = await importFile(api.registre, '3', stringify(file), { sources: [], dryRun: true });
    expect(handled.recorded.map(({ type }) => type)).toEqual(expect.arrayContaining(['SeanceOuverte']));
    expect(handled.recorded.map(({ type }) => type)).not.toContain('ValeurConstatee');
  });

  it('are recorded over HTTP, figures as text', async () => {
    const said = (parts: object) => ({ periode: '2018-S1', valeur: '3.5', ...parts });
    const delai = 'indicateurs/calliope/indicateur/delai';
    expect(await api.say(`${delai}/valeur`, said({ valeur: 3.5 }))).toEqual([422, 'entree-invalide']);
    expect(await api.say(`${delai}/valeur`, said({ periode: '2018-T5' }))).toEqual([422, 'entree-invalide']);
    expect(await api.say(`${delai}/valeur`, said({}))).toEqual([201, undefined]);
    expect(await api.say(`${delai}/valeur`, said({}))).toEqual([409, 'valeur-deja-constatee']);
    expect(await api.say(`${delai}/valeur`, said({ periode: '2199' }))).toEqual([409, 'periode-non-echue']);
    expect(await api.say(`${delai}/valeur`, said({ periode: '2017-T1' }))).toEqual([
      409,
      'fait-anterieur-a-l-ouverture',
    ]);
    expect(await api.say(`${delai}/retraitement`, said({ valeur: '4' }))).toEqual([409, 'motif-manquant']);
    expect(await api.say(`${delai}/retraitement`, said({ valeur: '4,25', motif: 'Relu' }))).toEqual([
      201,
      undefined,
    ]);
    expect(await api.say(`${delai}/valeur`, said({ seance: 'calliope/2', periode: '2018-07' }))).toEqual([
      409,
      'seance-close',
    ]);
    expect(await api.say(`${delai}/definition`, { des: '2019', unite: 'heures' })).toEqual([
      409,
      'unite-immuable',
    ]);
    expect(await api.say(`${delai}/retrait`, {})).toEqual([201, undefined]);
    expect(await api.say(`${delai}/retrait`, {})).toEqual([409, 'indicateur-retire']);
    expect(await at('valeurs', {}, { indicateur: 'calliope/indicateur/delai' })).toMatchObject([
      { valeur: '4.25', unite: 'jours', franchi: 'indetermine' },
    ]);
  });

  it('are refused by the line where a file says a figure that cannot be one', async () => {
    const faulty = seanceTenue(
      3,
      '2019-02-01',
      'valeurs:\n  - { indicateur: delai, periode: 2018, valeur: .nan }',
    );
    await expect(importFile(api.registre, 'x', faulty, { sources: [] })).rejects.toThrow(InvalidInput);
    await expect(importFile(api.registre, 'x', faulty, { sources: [] })).rejects.toMatchObject({
      issues: [
        { path: 'valeurs[0].valeur', message: expect.stringContaining('un nombre comme 12.5'), line: 9 },
      ],
    });
  });

  it('take nothing that was said before they were defined, though they are measured since earlier', async () => {
    const definie = seanceTenue(
      2,
      '2019-03-05',
      `
comiteInstitue: { nom: Tardif, depuis: 2016-01-01 }
indicateurs: [{ indicateur: delai, axe: Maintenance, intitule: Délai, depuis: 2016-12-31 }]`,
      'tardif',
    );
    const valeurs = 'valeurs: [{ indicateur: delai, periode: 2017, valeur: 4 }]';
    const avant = seanceTenue(1, '2018-01-10', valeurs, 'tardif');
    await importFile(api.registre, 'definie', definie, { sources: [] });
    const error: unknown = await importFile(api.registre, 'avant', avant, { sources: [] }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(InvalidInput);
    expect((error as InvalidInput).issues[0]!.message).toContain('dit le 2018-01-10');
  });
});
