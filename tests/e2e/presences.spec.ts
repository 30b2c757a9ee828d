import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { InvalidInput } from '../../libs/event-sourcing/index.js';
import { readView, viewNamed } from '../../libs/registre/index.js';
import { importFile } from '../../libs/seance-file/index.js';
import { served, type Served } from '../support/served.js';

interface Venu {
  readonly personne: string;
  readonly presence: string;
  readonly suppleant?: string;
}
const JOURS = ['27/03/2018', '27/06/2018', '27/09/2018'];
const membre = (n: number) => ({
  mandat: `M${n}`,
  personne: `p${n}`,
  nom: `[personne ${n}]`,
  institution: 'Amue',
});
const seance = (comite: string, numero: number, presences: readonly Venu[], more: object = {}) => ({
  version: 1,
  comite,
  numero,
  auteur: 'secretariat',
  seance: { jour: JOURS[numero - 1] },
  ...(numero === 1 && {
    comiteInstitue: { nom: 'Comité', depuis: '2018-01-01' },
    membres: [1, 2, 3, 4]
      .map(membre)
      .map((one) => ({ ...one, ...presences.find((p) => p.personne === one.personne) })),
    personnes: [5, 6].map((n) => ({ personne: `p${n}`, nom: `[personne ${n}]` })),
  }),
  ...(numero > 1 && { presences }),
  decisions: [{ decision: 'D1', sujet: `sujet-${numero}`, intitule: 'Tenir', texte: 'Adopté.' }],
  ouverture: {},
  cloture: {},
  ...more,
});
const venus = (...presences: string[]): Venu[] =>
  presences.map((presence, index) => {
    const [dite = '', suppleant] = presence.split('/');
    return { personne: `p${index + 1}`, presence: dite, ...(suppleant !== undefined && { suppleant }) };
  });

describe('who sits', () => {
  let api: Served;
  beforeAll(async () => (api = await served()));
  afterAll(() => api.end());
  const record = (file: object) => importFile(api.registre, 'seance.yaml', stringify(file), { sources: [] });
  const refused = async (file: object) => {
    const error = await record(file).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as InvalidInput).message;
  };
  const rows = async (view: string, comite: string, effectiveAt?: string) =>
    (await readView(api.registre, viewNamed(view), { comite, effectiveAt })).items as any[];
  const quorums = async (comite: string, effectiveAt?: string) =>
    (await rows('seances', comite, effectiveAt)).map(({ quorum }) => quorum);

  it('a member may be replaced for one séance by a named alternate, and is a member still', async () => {
    await record(seance('supplee', 1, venus('present', 'excuse/p5', 'absent', 'inconnue')));
    const [row] = await rows('seances', 'supplee');
    expect(row.presences[1]).toEqual({ personne: 'supplee/p2', presence: 'excuse', suppleant: 'supplee/p5' });
    expect([row.membres, row.representes, row.incertains]).toEqual([4, 2, 1]);
    expect((await rows('membres', 'supplee')).map(({ personne }) => personne)).not.toContain('supplee/p5');
  });

  it('an alternate is registered, comes for one, and only for somebody who does not come', async () => {
    const of = (...presences: string[]) => refused(seance('faux', 1, venus(...presences)));
    expect(await of('present', 'excuse/p9', 'absent', 'absent')).toContain('faux/p9');
    expect(await of('present/p5', 'excuse', 'absent', 'absent')).toContain('faux/p1 : un membre présent');
    expect(await of('present', 'excuse/p5', 'absent/p5', 'absent')).toContain(
      'faux/p5 paraît 2 fois : suppléant de faux/p2, suppléant de faux/p3',
    );
    expect(await of('present', 'excuse/p1', 'absent', 'absent')).toContain('faux/p1 paraît 2 fois');
    expect(await rows('seances', 'faux')).toEqual([]);
  });

  it('one person both present and absent is a fault, also for --dry-run', async () => {
    const file = {
      ...seance('double', 1, venus('present', 'absent', 'absent', 'absent')),
      presences: [{ personne: 'p1', presence: 'absent' }],
    };
    const dry = importFile(api.registre, 'seance.yaml', stringify(file), { sources: [], dryRun: true });
    await expect(dry).rejects.toThrow('double/p1 paraît 2 fois : membre (present), membre (absent)');
  });

  it('the quorum is the rule of the day: alternates count, who is not known leaves it undetermined', async () => {
    const present = venus('present', 'excuse/p5', 'absent', 'inconnue');
    await record(seance('regle', 1, present, { quorum: { minimum: 3, depuis: '2018-01-01' } }));
    // From June on, half of the members: two of four.
    await record(seance('regle', 2, present, { quorum: { part: '1/2', depuis: '01/06/2018' } }));
    await record(seance('regle', 3, venus('present', 'absent', 'absent', 'absent')));
    expect(await quorums('regle')).toEqual(['indetermine', 'atteint', 'non-atteint']);
    // On a day before the second rule was true, the first séance is held against the first.
    expect(await quorums('regle', '2018-04-01')).toEqual(['indetermine']);
    expect((await rows('decisions', 'regle')).map(({ quorum }) => quorum)).toEqual([
      'indetermine',
      'atteint',
      'non-atteint',
    ]);
    const answer = await fetch(`${api.url}/api/v1/decisions?comite=regle&quorum=non-atteint`);
    expect(((await answer.json()) as any).items.map(({ reference }: any) => reference)).toEqual([
      'regle/3/D1',
    ]);
  });

  it('without a rule there is no quorum; where no presence is known, it is not known either', async () => {
    await record(seance('libre', 1, venus('present', 'absent', 'absent', 'absent')));
    expect(await quorums('libre')).toEqual([null]);
    await record(seance('muet', 1, [], { quorum: { part: '1/2' }, membres: [] }));
    expect(await quorums('muet')).toEqual(['indetermine']);
    const post = (body: object) =>
      fetch(`${api.url}/api/v1/comites/libre/quorum`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'Minutier-Auteur': 'moi' },
        body: JSON.stringify(body),
      });
    expect((await post({ minimum: 2, part: '1/2' })).status).toBe(409);
    expect((await post({ part: '3/2' })).status).toBe(409);
    expect((await post({ minimum: 2, depuis: '2018-02-01' })).status).toBe(201);
    expect(await quorums('libre')).toEqual(['non-atteint']);
    expect((await post({ minimum: 0, depuis: '2018-02-01' })).status).toBe(201);
    expect(await quorums('libre')).toEqual([null]);
  });
});
