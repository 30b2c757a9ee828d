import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateDans, dateEnDoute, joursEntre, lireDate } from './date-floue.js';
import { dateDite, dateFloue, dateFloueDe } from './schemas.js';

describe('a date in the words of the committee', () => {
  it.each([
    ['2018-02-12', '2018-02-12', '2018-02-12', 'jour', '2018-02-12'],
    ['12/02/2018', '2018-02-12', '2018-02-12', 'jour', '2018-02-12'],
    ['30 octobre 2017', '2017-10-30', '2017-10-30', 'jour', '2017-10-30'],
    ['le 1er février 2019', '2019-02-01', '2019-02-01', 'jour', '2019-02-01'],
    ['du 21 mai au 22 juin 2018', '2018-05-21', '2018-06-22', 'intervalle', '2018-05-21/2018-06-22'],
    ['avril 2018', '2018-04-01', '2018-04-30', 'mois', '2018-04'],
    ['Février 2020', '2020-02-01', '2020-02-29', 'mois', '2020-02'],
    ['fin septembre 2018', '2018-09-21', '2018-09-30', 'decade', '2018-09-21/2018-09-30'],
    ['semaine 22 2018', '2018-05-28', '2018-06-03', 'semaine', '2018-05-28/2018-06-03'],
    ['semaine 1 2021', '2021-01-04', '2021-01-10', 'semaine', '2021-01-04/2021-01-10'],
    ['1er semestre 2018', '2018-01-01', '2018-06-30', 'semestre', '2018-40'],
    ['2e trimestre 2018', '2018-04-01', '2018-06-30', 'trimestre', '2018-34'],
    ['3 sept. 2018', '2018-09-03', '2018-09-03', 'jour', '2018-09-03'],
    ['3 sept 2018', '2018-09-03', '2018-09-03', 'jour', '2018-09-03'],
    ['3.9.2018', '2018-09-03', '2018-09-03', 'jour', '2018-09-03'],
    ['fin déc. 2018', '2018-12-21', '2018-12-31', 'decade', '2018-12-21/2018-12-31'],
    ['févr. 2018', '2018-02-01', '2018-02-28', 'mois', '2018-02'],
    ['avant fin juin 2018', null, '2018-06-30', 'intervalle', '../2018-06-30'],
  ])('« %s » means %s to %s', (texte, auPlusTot, auPlusTard, precision, edtf) => {
    expect(lireDate(texte)).toEqual({ texte, auPlusTot, auPlusTard, precision, edtf, infere: false });
  });

  it.each([
    ['avant campagne 2018', 'campagne 2018'],
    ['Prochaine migration', 'migration'],
    ['rentrée 2019', 'rentree 2019'],
  ])('« %s » hangs on %s and has no bound of its own', (texte, relatifA) => {
    expect(lireDate(texte)).toEqual({
      texte,
      auPlusTot: null,
      auPlusTard: null,
      precision: 'relative',
      relatifA,
      infere: false,
    });
  });

  it('takes the year that is given beside the words, and says that it was inferred', () => {
    expect(lireDate('12/02', 2018)).toMatchObject({
      auPlusTot: '2018-02-12',
      auPlusTard: '2018-02-12',
      infere: true,
    });
  });

  it.each([
    '12/02',
    'fin septembre',
    'semaine 22',
    '31/02/2018',
    '12/13/2018',
    'quand on pourra',
    'semaine 60 2018',
  ])('keeps « %s », which says no certain day, without bounds', (texte) => {
    expect(lireDate(texte)).toMatchObject({ texte, auPlusTot: null, auPlusTard: null, infere: false });
  });

  it.each(['32/13', 'fin sept.', '3 sept', '27/09/18', '12/02', 'semaine 60 2018', 'avant le 32/13', 'le 4'])(
    'asks what « %s » means: it could be a date',
    (texte) => {
      const asked = dateDite.safeParse(texte);
      expect(asked.error?.issues.map(({ message }) => message)).toEqual([
        expect.stringMatching(/(de quelle année|ne se comprend pas).*sansBornes/),
      ]);
      expect(dateDite.safeParse({ texte, sansBornes: true }).success).toBe(true);
      expect(dateDite.safeParse({ texte, auPlusTot: '2018-09-01', auPlusTard: null }).success).toBe(true);
    },
  );

  it.each([
    'non daté',
    'quand on pourra',
    'Prochaine migration',
    'avant campagne 2018',
    'à compléter',
    'fin sept. 2018',
  ])('does not ask about « %s »', (texte) =>
    expect([dateEnDoute(texte), dateDite.safeParse(texte).success]).toEqual([undefined, true]),
  );

  it.each([
    ['Communiqué le 12/07', '12/07'],
    ['Réponse reçue le 3 septembre 2018, merci', '3 septembre 2018'],
    ['Fait en version 5.00.30', undefined],
    ['En cours', undefined],
    ['à 80 %', undefined],
  ])('finds in « %s » the date %s', (texte, date) => expect(dateDans(texte)).toBe(date));

  it('lets explicit bounds say what the words mean', () => {
    const dite = dateDite.parse({
      texte: 'non daté',
      auPlusTot: null,
      auPlusTard: '2018-01-30',
      motif: 'déduit',
    });
    expect(dateFloueDe(dite)).toEqual({
      texte: 'non daté',
      auPlusTot: null,
      auPlusTard: '2018-01-30',
      precision: 'intervalle',
      infere: true,
      motif: 'déduit',
    });
  });

  it('never reads bounds out of order, and always something that can be stored', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.option(fc.integer({ min: 1900, max: 2200 }), { nil: undefined }),
        (texte, annee) => {
          const { auPlusTot, auPlusTard } = lireDate(texte, annee);
          expect(auPlusTot === null || auPlusTard === null || auPlusTot <= auPlusTard).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('reads nothing of any turn of phrase that could not be stored', () => {
    const word = fc.constantFrom(
      ...'avant du au le fin debut mi semaine 53 31 13 0 1er 2e semestre trimestre t1 avril fevrier'.split(
        ' ',
      ),
      ...'2018 1850 2020-13 2018-02-30 30/02 31/4/2019 campagne decembre'.split(' '),
    );
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 6 }),
        fc.option(fc.integer({ min: 1900, max: 2199 }), { nil: undefined }),
        (words, annee) => {
          const parsed = dateFloue.safeParse(lireDate(words.join(' '), annee));
          expect(parsed.error?.issues ?? []).toEqual([]);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    '1er semestre',
    'avant 2e semestre',
    '2020-13',
    'semaine 53 2018',
    'du 31 avril au 5 mai 2018',
    '1850',
  ])('keeps « %s » as words without bounds', (texte) => {
    expect(lireDate(texte)).toMatchObject({ texte, auPlusTot: null, auPlusTard: null });
  });

  it('refuses bounds in the wrong order', () => {
    const faulty = { texte: 'x', auPlusTot: '2018-06-30', auPlusTard: '2018-01-01' };
    expect(dateDite.safeParse(faulty).success).toBe(false);
  });

  it('counts days', () => {
    expect(joursEntre('2018-02-28', '2018-03-01')).toBe(1);
    expect(joursEntre('2018-03-01', '2018-02-28')).toBe(-1);
  });
});
