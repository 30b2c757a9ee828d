import { describe, it } from '@jest/globals';
import { specify } from '../event-sourcing/specify.js';
import { comiteDecider } from './comite.decider.js';
import { institue, mandat } from './copil.fixtures.js';

const { given } = specify(comiteDecider);
const confier = (n: number, more = {}) => ({
  type: 'ConfierMandat' as const,
  data: {
    ...(mandat(n).data as Extract<
      Parameters<typeof comiteDecider.decide>[0],
      { type: 'ConfierMandat' }
    >['data']),
    ...more,
  },
});

describe('a committee', () => {
  it('is instituted once', () => {
    const instituer = { type: 'InstituerComite' as const, data: { nom: 'Apogée/ROF' } };
    given().when(instituer).then(institue);
    given(institue).when(instituer).thenRefused('comite-deja-institue');
  });

  it('gives a mandate once', () => {
    given(institue).when(confier(1)).then(mandat(1));
    given(institue, mandat(1)).when(confier(1)).thenRefused('mandat-deja-confie');
    given().when(confier(1)).thenRefused('comite-inconnu');
  });

  it('ends the mandate of the one who is replaced', () => {
    given(institue, mandat(1))
      .when(confier(2, { remplace: 'apogee-rof/p01' }))
      .then(
        {
          type: 'MandatTermine',
          data: { mandat: 'apogee-rof/M1', motif: 'remplacement par le mandat apogee-rof/M2' },
        },
        { type: 'MandatConfie', data: { ...mandat(2).data, remplace: 'apogee-rof/p01' } },
      );
  });

  it('accepts a replacement of somebody whose mandate was never recorded', () => {
    given(institue)
      .when(confier(2, { remplace: 'apogee-rof/p09' }))
      .then({ type: 'MandatConfie', data: { ...mandat(2).data, remplace: 'apogee-rof/p09' } });
  });

  it('ends a mandate that is held', () => {
    const terminer = { type: 'TerminerMandat' as const, data: { mandat: 'apogee-rof/M1', motif: 'départ' } };
    const fin = { type: 'MandatTermine' as const, data: terminer.data };
    given(institue, mandat(1)).when(terminer).then(fin);
    given(institue).when(terminer).thenRefused('mandat-inconnu');
    given(institue, mandat(1), fin).when(terminer).thenRefused('mandat-deja-termine');
  });
});
