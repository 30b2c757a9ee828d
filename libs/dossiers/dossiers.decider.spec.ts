import { describe, expect, it } from '@jest/globals';
import type { Given } from '../event-sourcing/specify.js';
import { specify } from '../event-sourcing/specify.js';
import { lireDate } from '../words/index.js';
import { aPourPartie, type Dossier, type DossierCommand, dossierDecider } from './dossiers.decider.js';
import type { DossierEvent } from './dossiers.events.js';

const { given } = specify(dossierDecider);
const data = { seance: 'apogee-rof/2', titre: 'Archivage' };
const ouvert: Given<DossierEvent> = { type: 'DossierOuvert', data };
const fixe = (prevu?: string): Given<DossierEvent> => ({
  type: 'JalonFixe',
  data: { jalon: 'vsr', intitule: 'VSR', ...(prevu && { prevu: lireDate(prevu) }) },
});
const revu = (prevu: string): Given<DossierEvent> => ({
  type: 'JalonRevu',
  data: { jalon: 'vsr', prevu: lireDate(prevu), motif: 'Charge' },
});
const atteint: Given<DossierEvent> = {
  type: 'JalonAtteint',
  data: { jalon: 'vsr', le: lireDate('2018-06-22') },
};
const decrit: Given<DossierEvent> = { type: 'ElementDecrit', data: { element: 'guide', texte: 'Guide' } };
const exclu: Given<DossierEvent> = {
  type: 'ElementExclu',
  data: { element: 'guide', texte: 'Pas de guide' },
};
const livre: Given<DossierEvent> = { type: 'ElementLivre', data: { element: 'guide' } };
const clos: Given<DossierEvent> = { type: 'DossierClos', data: { issue: 'abouti', motif: 'Livré' } };
const suspendu: Given<DossierEvent> = { type: 'DossierSuspendu', data: { motif: 'En attente' } };
const etat = (...facts: Given<DossierEvent>[]): Dossier =>
  facts.reduce((state, fact) => dossierDecider.evolve(state, fact), dossierDecider.initial)!;

describe('a dossier', () => {
  it('is opened once, and nothing is said of one that is not', () => {
    given().when({ type: 'OuvrirDossier', data }).then(ouvert);
    given(ouvert).when({ type: 'OuvrirDossier', data }).thenRefused('dossier-deja-ouvert');
    given()
      .when({ type: 'RapporterSituation', data: { texte: 'En cours', code: 'en-cours' } })
      .thenRefused('dossier-inconnu');
  });

  it('is suspended, taken up again, closed; and then nothing more is said of it', () => {
    const reprendre: DossierCommand = { type: 'ReprendreDossier', data: {} };
    given(ouvert)
      .when({ type: 'SuspendreDossier', data: { motif: 'En attente' } })
      .then(suspendu);
    given(ouvert, suspendu)
      .when({ type: 'SuspendreDossier', data: { motif: 'x' } })
      .thenRefused('dossier-suspendu');
    given(ouvert, suspendu).when(reprendre).then({ type: 'DossierRepris', data: {} });
    given(ouvert).when(reprendre).thenRefused('dossier-ouvert');
    const commands: DossierCommand[] = [
      { type: 'CloreDossier', data: { issue: 'abandonne', motif: 'x' } },
      { type: 'FixerJalon', data: { jalon: 'vsr', intitule: 'VSR' } },
      { type: 'RapporterSituation', data: { texte: 'En cours', code: 'en-cours' } },
    ];
    for (const command of commands) given(ouvert, clos).when(command).thenRefused('dossier-clos');
    const said = etat(ouvert, suspendu, { type: 'DossierRepris', data: {} }, clos);
    expect([said.statut, said.issue]).toEqual(['clos', 'abouti']);
  });

  it('stays as it is where its situation is reported', () => {
    const texte = 'Pas d’avancement de ce dossier à ce jour';
    const rapportee: Given<DossierEvent> = {
      type: 'SituationRapportee',
      data: { texte, code: 'sans-avancement' },
    };
    const said = etat(ouvert, rapportee);
    expect([said.statut, said.situation!.texte]).toEqual(['ouvert', texte]);
  });

  it('has a milestone once, awaited until it is reached or given up', () => {
    const fixer: DossierCommand = { type: 'FixerJalon', data: { jalon: 'vsr', intitule: 'VSR' } };
    const atteindre: DossierCommand = {
      type: 'AtteindreJalon',
      data: { jalon: 'vsr', le: lireDate('2018-06-22') },
    };
    const revoir: DossierCommand = {
      type: 'RevoirJalon',
      data: { jalon: 'vsr', prevu: lireDate('juin 2018'), motif: 'Charge' },
    };
    given(ouvert).when(fixer).then(fixe());
    given(ouvert, fixe()).when(fixer).thenRefused('jalon-deja-fixe');
    given(ouvert).when(atteindre).thenRefused('jalon-inconnu');
    given(ouvert, fixe()).when(atteindre).then(atteint);
    for (const command of [atteindre, revoir])
      given(ouvert, fixe(), atteint).when(command).thenRefused('jalon-deja-atteint');
    const abandonne: Given<DossierEvent> = { type: 'JalonAbandonne', data: { jalon: 'vsr', motif: 'x' } };
    given(ouvert, fixe(), abandonne).when(revoir).thenRefused('jalon-abandonne');
    given(ouvert, fixe(), atteint)
      .whenCorrecting({ revision: 1, motif: 'à tort' })
      .thenRefused('jalon-deja-atteint');
  });

  it('counts the slippage of a milestone from when it was first planned, to when it was reached', () => {
    expect(etat(ouvert, fixe('avril 2018'), revu('juin 2018')).jalons[0]!.glissement).toEqual({
      min: 32,
      max: 90,
    });
    expect(etat(ouvert, fixe('avril 2018'), revu('juin 2018'), atteint).jalons[0]!.glissement).toEqual({
      min: 53,
      max: 82,
    });
    expect(etat(ouvert, fixe(), revu('juin 2018')).jalons[0]!.glissement).toBeNull();
  });

  it('delivers no element that it excludes, and excludes none that it delivered', () => {
    const livrer: DossierCommand = { type: 'LivrerElement', data: { element: 'guide' } };
    const exclure: DossierCommand = {
      type: 'ExclureElement',
      data: { element: 'guide', texte: 'Pas de guide' },
    };
    given(ouvert).when(livrer).thenRefused('element-inconnu');
    given(ouvert, decrit).when(livrer).then(livre);
    given(ouvert, exclu).when(livrer).thenRefused('element-exclu');
    given(ouvert, exclu)
      .when({ type: 'DecrireElement', data: { element: 'guide', texte: 'Guide' } })
      .thenRefused('element-exclu');
    given(ouvert, decrit).when(exclure).then(exclu);
    given(ouvert, decrit, livre).when(exclure).thenRefused('element-livre');
    expect(etat(ouvert, decrit, livre).elements[0]!.statut).toBe('livre');
  });

  it('has a pilot site once, whatever its letters', () => {
    const site = (nom: string): DossierCommand => ({ type: 'DesignerSitePilote', data: { site: nom } });
    const designe: Given<DossierEvent> = { type: 'SitePiloteDesigne', data: { site: 'La Réunion' } };
    given(ouvert).when(site('La Réunion')).then(designe);
    given(ouvert, designe).when(site('la reunion')).thenRefused('site-en-double');
  });

  it('has parts by name', () => {
    const dossier = etat(ouvert, fixe(), decrit);
    expect(
      ['jalon/vsr', 'element/guide', 'jalon/guide', 'element/vsr'].map((one) => aPourPartie(dossier, one)),
    ).toEqual([true, true, false, false]);
    expect(aPourPartie(undefined, 'jalon/vsr')).toBe(false);
  });
});
