import { describe, expect, it } from '@jest/globals';
import { specify } from '../event-sourcing/specify.js';
import { cloturee, inscrit, issue, jour, ouverte, planifiee } from './copil.fixtures.js';
import { exigerPointReporte, exigerSeanceNonClose, seanceDecider } from './seance.decider.js';

const { given } = specify(seanceDecider);
const planifier = { type: 'PlanifierSeance', data: planifiee.data } as Parameters<
  typeof seanceDecider.decide
>[0];

describe('a séance', () => {
  it('is planned', () => {
    given().when(planifier).then({ type: 'SeancePlanifiee', data: planifiee.data });
  });

  it('that is planned again is dated anew', () => {
    given(planifiee).when(planifier).then({ type: 'SeanceDatee', data: { jour } });
  });

  it('that was opened is not planned again', () => {
    given(planifiee, ouverte).when(planifier).thenRefused('seance-deja-planifiee');
  });

  it.each(['DaterSeance', 'InscrirePoint', 'OuvrirSeance', 'DonnerIssue', 'CloreSeance'] as const)(
    'that is not planned bears no %s',
    (type) => {
      given()
        .when({ type, data: {} } as never)
        .thenRefused('seance-inconnue');
    },
  );

  it('takes items and sub-items of items', () => {
    const inscrire = (point: string) => ({
      type: 'InscrirePoint' as const,
      data: { point, titre: `Titre de ${point}` },
    });
    given(planifiee).when(inscrire('P1')).then(inscrit('P1'));
    given(planifiee, inscrit('P1')).when(inscrire('P1.2')).then(inscrit('P1.2'));
    given(planifiee).when(inscrire('P1.2')).thenRefused('point-parent-inconnu');
    given(planifiee, inscrit('P1')).when(inscrire('P1')).thenRefused('point-deja-inscrit');
  });

  it('opens once', () => {
    const ouvrir = { type: 'OuvrirSeance' as const, data: { presences: [], invites: [] } };
    given(planifiee).when(ouvrir).then({ type: 'SeanceOuverte', data: ouvrir.data });
    given(planifiee, ouverte).when(ouvrir).thenRefused('seance-deja-ouverte');
  });

  it('gives an outcome to an item of its agenda, once, when it sits', () => {
    const donner = {
      type: 'DonnerIssue' as const,
      data: { point: 'P1', issue: 'information' as const, texte: 'Dit.' },
    };
    given(planifiee, inscrit('P1'), ouverte).when(donner).then(issue('P1'));
    given(planifiee, inscrit('P1')).when(donner).thenRefused('seance-non-ouverte');
    given(planifiee, ouverte).when(donner).thenRefused('point-inconnu');
    given(planifiee, inscrit('P1'), ouverte, issue('P1')).when(donner).thenRefused('issue-deja-donnee');
  });

  it.each([
    ['reporte', 'motif-manquant'],
    ['sans-decision', 'motif-manquant'],
    ['decision', 'texte-manquant'],
    ['information', 'texte-manquant'],
    ['avis', 'texte-manquant'],
  ] as const)('asks of the outcome « %s » what it rests on', (outcome, code) => {
    given(planifiee, inscrit('P1'), ouverte)
      .when({ type: 'DonnerIssue', data: { point: 'P1', issue: outcome } })
      .thenRefused(code);
  });

  it('of an import may say that an outcome was not communicated', () => {
    const data = { point: 'P1', issue: 'non-communique' as const };
    given(planifiee, inscrit('P1'), ouverte)
      .when({ type: 'DonnerIssue', data })
      .then({ type: 'IssueDonnee', data });
  });

  it('closes when every item has an outcome; an item with sub-items has it in them', () => {
    const clore = { type: 'CloreSeance' as const, data: {} };
    given(planifiee, inscrit('P1'), inscrit('P1.1'), ouverte, issue('P1.1')).when(clore).then(cloturee);
    given(planifiee, inscrit('P1'), inscrit('P1.1'), ouverte, issue('P1'))
      .when(clore)
      .thenRefused('issue-manquante');
    given(planifiee, ouverte).when(clore).then(cloturee);
    given(planifiee).when(clore).thenRefused('seance-non-ouverte');
  });

  it('that is closed changes only by corrections', () => {
    const closed = [planifiee, inscrit('P1'), ouverte, issue('P1'), cloturee];
    given(...closed)
      .when({ type: 'InscrirePoint', data: { point: 'P2', titre: 'x' } })
      .thenRefused('seance-close');
    const corrigee = {
      type: 'IssueDonnee' as const,
      data: { point: 'P1', issue: 'decision' as const, texte: 'Oui.' },
    };
    given(...closed)
      .whenCorrecting({ revision: 3, replacement: corrigee })
      .then(corrigee);
  });

  it('that is closed takes in an amendment what it is complete with, and says that it was amended', () => {
    const closed = [planifiee, inscrit('P1'), ouverte, issue('P1'), cloturee];
    const rectifier = { type: 'RectifierSeance' as const, data: { le: '2018-07-02', motif: 'Oubli' } };
    given(...closed)
      .whenAmending({ type: 'InscrirePoint', data: inscrit('P2').data as never })
      .then(inscrit('P2'));
    given(...closed, inscrit('P2'))
      .whenAmending({ type: 'DonnerIssue', data: issue('P2').data as never })
      .then(issue('P2'));
    given(...closed)
      .whenAmending(rectifier)
      .then({ type: 'SeanceRectifiee', data: rectifier.data });
    given(...closed, inscrit('P2'))
      .whenAmending(rectifier)
      .thenRefused('issue-manquante');
    given(planifiee, ouverte).whenAmending(rectifier).thenRefused('rectificatif-premature');
    for (const type of ['OuvrirSeance', 'CloreSeance'] as const)
      given(...closed)
        .whenAmending({ type, data: {} } as never)
        .thenRefused('seance-close');
  });

  it('keeps its closing: it is not annulled, and replaced only by a closing', () => {
    const closed = [planifiee, ouverte, cloturee];
    given(...closed)
      .whenCorrecting({ revision: 2, motif: 'non' })
      .thenRefused('cloture-definitive');
    given(...closed)
      .whenCorrecting({ revision: 2, replacement: { type: 'SeanceDatee', data: { jour } } })
      .thenRefused('cloture-definitive');
    given(...closed)
      .whenCorrecting({ revision: 2, replacement: { type: 'SeanceCloturee', data: { remarque: 'vu' } } })
      .then({ type: 'SeanceCloturee', data: { remarque: 'vu' } });
    given(...closed)
      .whenCorrecting({ revision: 0, motif: 'non' })
      .thenRefused('seance-engagee');
  });

  it('takes nothing more once closed, and nothing before it is planned', () => {
    const state = (facts: readonly { type: string; data: object }[]) =>
      facts.reduce((seance, fact) => seanceDecider.evolve(seance, fact as never), seanceDecider.initial);
    expect(() => exigerSeanceNonClose(state([]), 'c/1')).toThrow('n’est pas planifiée');
    expect(() => exigerSeanceNonClose(state([planifiee, ouverte, cloturee]), 'c/1')).toThrow('est close');
    expect(() => exigerSeanceNonClose(state([planifiee, ouverte]), 'c/1')).not.toThrow();
  });

  it('hands over only the items that it put off', () => {
    const reporte = { type: 'IssueDonnee', data: { point: 'P1', issue: 'reporte', motif: 'temps' } };
    const state = (facts: readonly { type: string; data: object }[]) =>
      facts.reduce((seance, fact) => seanceDecider.evolve(seance, fact as never), seanceDecider.initial);
    const before = [planifiee, inscrit('P1'), inscrit('P2'), ouverte, reporte, issue('P2')];
    expect(() => exigerPointReporte(state(before), 'apogee-rof/2/P1', 'apogee-rof/3')).not.toThrow();
    expect(() => exigerPointReporte(state(before), 'apogee-rof/2/P2', 'apogee-rof/3')).toThrow(
      'pas été reporté',
    );
    expect(() => exigerPointReporte(state(before), 'apogee-rof/2/P9', 'apogee-rof/3')).toThrow(
      'n’existe pas',
    );
    for (const par of ['apogee-rof/2', 'sifac/1'])
      expect(() => exigerPointReporte(state(before), 'apogee-rof/2/P1', par)).toThrow('ne se reprend pas');
  });
});
