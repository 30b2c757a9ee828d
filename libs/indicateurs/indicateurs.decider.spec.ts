import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Given } from '../event-sourcing/specify.js';
import { specify } from '../event-sourcing/specify.js';
import { comparerPeriodes, joursDe, nombre, suivante } from '../words/index.js';
import {
  definitionPour,
  franchi,
  type Indicateur,
  type IndicateurCommand,
  indicateurDecider,
} from './indicateurs.decider.js';
import type { IndicateurEvent } from './indicateurs.events.js';

const { given } = specify(indicateurDecider);
const n = (value: string) => nombre.parse(value);
const data = {
  seance: 'sifac/1',
  axe: 'Fiabilité',
  intitule: 'Anomalies bloquantes',
  unite: 'anomalies',
  sens: 'baisse' as const,
  seuil: n('10'),
};
const defini: Given<IndicateurEvent> = { type: 'IndicateurDefini', data };
const constatee = (periode: string, valeur: string | null): Given<IndicateurEvent> => ({
  type: 'ValeurConstatee',
  data: { periode, valeur: valeur === null ? null : n(valeur) },
});
const rectifiee = (periode: string, valeur: string, motif = 'comptée deux fois'): Given<IndicateurEvent> => ({
  type: 'ValeurRectifiee',
  data: { periode, valeur: n(valeur), motif },
});
const revue = (des: string, change: object): Given<IndicateurEvent> => ({
  type: 'DefinitionRevue',
  data: { des, ...change },
});
const retire: Given<IndicateurEvent> = { type: 'IndicateurRetire', data: {} };
const etat = (...facts: Given<IndicateurEvent>[]): Indicateur =>
  facts.reduce((state, fact) => indicateurDecider.evolve(state, fact), indicateurDecider.initial)!;

describe('an indicator', () => {
  it('is defined once', () => {
    given().when({ type: 'DefinirIndicateur', data }).then(defini);
    given(defini).when({ type: 'DefinirIndicateur', data }).thenRefused('indicateur-deja-defini');
  });

  it('has one value for each period, or none that was communicated', () => {
    const constater = (periode: string, valeur: string | null) => ({
      type: 'ConstaterValeur' as const,
      data: { periode, valeur: valeur === null ? null : n(valeur) },
    });
    given(defini).when(constater('2018-T1', '12.5')).then(constatee('2018-T1', '12.5'));
    given(defini).when(constater('2018-T1', null)).then(constatee('2018-T1', null));
    given(defini, constatee('2018-T1', null))
      .when(constater('2018-T1', '12.5'))
      .thenRefused('valeur-deja-constatee');
    given(defini, constatee('2018-T1', '1')).when(constater('2018-T2', '1')).then(constatee('2018-T2', '1'));
    given().when(constater('2018-T1', '1')).thenRefused('indicateur-inconnu');
  });

  it('has a value restated for a reason, and only one that is known', () => {
    const rectifier = (motif: string) => ({
      type: 'RectifierValeur' as const,
      data: { periode: '2018-T1', valeur: n('11'), motif },
    });
    const known = given(defini, constatee('2018-T1', '12'));
    known.when(rectifier('comptée deux fois')).then(rectifiee('2018-T1', '11'));
    known.when(rectifier('')).thenRefused('motif-manquant');
    given(defini).when(rectifier('comptée deux fois')).thenRefused('valeur-inconnue');
  });

  it('is counted in one unit for ever', () => {
    const reviser = (unite: string) => ({
      type: 'ReviserDefinition' as const,
      data: { des: '2019', unite },
    });
    given(defini).when(reviser('jours')).thenRefused('unite-immuable');
    given(defini)
      .when(reviser('anomalies'))
      .then(revue('2019', { unite: 'anomalies' }));
    given(defini, revue('2019', { axe: 'Qualité' }))
      .whenCorrecting({
        revision: 1,
        replacement: { type: 'DefinitionRevue', data: { des: '2019', unite: 'jours' } },
      })
      .thenRefused('unite-immuable');
  });

  it('takes nothing more once it is retired', () => {
    const commands: IndicateurCommand[] = [
      { type: 'ConstaterValeur', data: { periode: '2018', valeur: null } },
      { type: 'RetirerIndicateur', data: {} },
    ];
    for (const command of commands) given(defini, retire).when(command).thenRefused('indicateur-retire');
  });

  it('keeps the value under a restatement', () => {
    given(defini, constatee('2018', '1'), rectifiee('2018', '2'))
      .whenCorrecting({ revision: 1, motif: 'à tort' })
      .thenRefused('valeur-retraitee');
    given(defini, constatee('2018', '1'))
      .whenCorrecting({ revision: 1, motif: 'à tort' })
      .then({ type: 'EvenementAnnule', data: { motif: 'à tort' } });
  });

  it('restated twice says what it says restated once with the second value', () => {
    const values = fc.integer({ min: 0, max: 1000 }).map(String);
    fc.assert(
      fc.property(values, values, values, (first, second, third) => {
        const twice = etat(
          defini,
          constatee('2018', first),
          rectifiee('2018', second),
          rectifiee('2018', third),
        );
        const once = etat(defini, constatee('2018', first), rectifiee('2018', third));
        expect(twice.valeurs.map(({ valeur }) => valeur)).toEqual(once.valeurs.map(({ valeur }) => valeur));
      }),
    );
  });

  it('has the definition that was revised for a period from that period on', () => {
    const revised = etat(
      defini,
      revue('2019-T3', { seuil: n('5') }),
      revue('2019-T1', { seuil: n('8'), axe: 'Qualité' }),
    );
    expect(
      ['2018-T4', '2019-T1', '2019-T2', '2019-T3', '2020'].map((one) => definitionPour(revised, one).seuil),
    ).toEqual(['10', '8', '8', '5', '5']);
    expect(definitionPour(revised)).toMatchObject({ axe: 'Qualité', seuil: '5' });
  });

  it.each([
    ['baisse', '10', '10', 'non'],
    ['baisse', '10', '10.000001', 'oui'],
    ['baisse', '9', '10', 'oui'],
    ['hausse', '10', '9.5', 'oui'],
    ['hausse', '9', '10', 'non'],
    ['baisse', '10', null, 'indetermine'],
    [undefined, '10', '11', 'indetermine'],
    ['baisse', undefined, '11', 'indetermine'],
  ] as const)(
    'better in %s, with a threshold of %s, at %s is beyond it: %s',
    (sens, seuil, valeur, expected) => {
      const definition = { axe: 'x', intitule: 'x', sens, seuil: seuil === undefined ? undefined : n(seuil) };
      expect(franchi(definition, valeur === null ? null : n(valeur))).toBe(expected);
    },
  );
});

describe('a period', () => {
  it.each([
    ['2018', '2018-01-01', '2018-12-31', '2019'],
    ['2018-S2', '2018-07-01', '2018-12-31', '2019-S1'],
    ['2018-T1', '2018-01-01', '2018-03-31', '2018-T2'],
    ['2018-T4', '2018-10-01', '2018-12-31', '2019-T1'],
    ['2020-02', '2020-02-01', '2020-02-29', '2020-03'],
    ['2018-12', '2018-12-01', '2018-12-31', '2019-01'],
  ])('%s goes from %s to %s, before %s', (periode, du, au, next) => {
    expect(joursDe(periode)).toEqual({ du, au });
    expect(suivante(periode)).toBe(next);
    expect(comparerPeriodes(periode, next)).toBe(-1);
  });
});
