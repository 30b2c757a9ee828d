import { describe, expect, it } from '@jest/globals';
import type { Given } from '../event-sourcing/specify.js';
import { specify } from '../event-sourcing/specify.js';
import { glissementEntre, lireDate } from '../words/index.js';
import { type Action, actionDecider } from './actions.decider.js';
import type { ActionEvent, Code } from './actions.events.js';
import { codeDe } from './avancement.js';

const { given } = specify(actionDecider);
const data = { seance: 'apogee-rof/1', intitule: 'Coordonner', acteurs: ['Amue', 'Etablissements'] };
const decidee: Given<ActionEvent> = { type: 'ActionDecidee', data };
const avancement = (code: Code, acteur: string | null = null): Given<ActionEvent> => ({
  type: 'AvancementConstate',
  data: { acteur, texte: code, code },
});
const abandonnee: Given<ActionEvent> = { type: 'ActionAbandonnee', data: { motif: 'sans objet' } };
const echeance = (texte: string): Given<ActionEvent> => ({
  type: 'EcheanceRevisee',
  data: { echeance: lireDate(texte) },
});
const etat = (...facts: Given<ActionEvent>[]): Action =>
  facts.reduce((state, fact) => actionDecider.evolve(state, fact), actionDecider.initial)!;

describe('an action', () => {
  it('is decided once', () => {
    given().when({ type: 'DeciderAction', data }).then(decidee);
    given(decidee).when({ type: 'DeciderAction', data }).thenRefused('action-deja-decidee');
  });

  it('takes the progress of an actor of its own, or of all together', () => {
    const constater = (acteur: string | null) => ({
      type: 'ConstaterAvancement' as const,
      data: { acteur, texte: 'en-cours', code: 'en-cours' as const },
    });
    given(decidee).when(constater('Amue')).then(avancement('en-cours', 'Amue'));
    given(decidee).when(constater(null)).then(avancement('en-cours'));
    given(decidee).when(constater('Rectorat')).thenRefused('acteur-inconnu');
    given().when(constater('Amue')).thenRefused('action-inconnue');
  });

  it('is done when each of its actors is, alone or together', () => {
    expect(etat(decidee, avancement('fait', 'Amue')).statut).toBe('ouverte');
    expect(etat(decidee, avancement('fait', 'Amue'), avancement('livre', 'Etablissements')).statut).toBe(
      'faite',
    );
    expect(etat(decidee, avancement('fait')).statut).toBe('faite');
    expect(etat(decidee, avancement('fait'), avancement('en-cours', 'Amue')).statut).toBe('ouverte');
    expect(etat(decidee, avancement('en-cours', 'Amue'), avancement('fait')).avancements.length).toBe(1);
  });

  it('that recurs is open again each time that it was done, and keeps what was said of each time', () => {
    const recurrente: Given<ActionEvent> = {
      type: 'ActionDecidee',
      data: { ...data, recurrence: 'à chaque COPIL', echeance: lireDate('fin septembre 2018') },
    };
    const premiere = etat(recurrente, avancement('fait', 'Amue'), avancement('fait', 'Etablissements'));
    expect(premiere).toMatchObject({
      statut: 'ouverte',
      occurrences: [{ avancements: [{ acteur: 'Amue' }, { acteur: 'Etablissements' }] }],
    });
    // Its due date was that of the time that is over.
    expect([premiere.echeance, premiere.glissement]).toEqual([undefined, null]);
    const fois = (...facts: Given<ActionEvent>[]) =>
      etat(recurrente, avancement('fait'), ...facts).occurrences.length;
    expect(fois()).toBe(1);
    // One of two has begun the next time.
    expect(fois(avancement('fait', 'Amue'))).toBe(1);
    expect(fois(avancement('fait', 'Amue'), avancement('fait', 'Etablissements'))).toBe(2);
    expect(fois(avancement('en-cours'), avancement('fait'), avancement('livre'))).toBe(3);
    expect(etat(recurrente, avancement('fait'), abandonnee)).toMatchObject({
      statut: 'abandonnee',
      occurrences: [{}],
    });
  });

  it('that is dropped, with a reason, goes no further', () => {
    given(decidee)
      .when({ type: 'AbandonnerAction', data: { motif: 'sans objet' } })
      .then(abandonnee);
    given(decidee, abandonnee)
      .when({ type: 'ConstaterAvancement', data: { acteur: null, texte: 'x', code: 'autre' } })
      .thenRefused('action-abandonnee');
    expect(etat(decidee, abandonnee, avancement('fait')).statut).toBe('abandonnee');
  });

  it('counts its slippage from its first due date', () => {
    const revue = etat(decidee, echeance('avril 2018'), echeance('juin 2018'), echeance('1er semestre 2019'));
    expect(revue.echeanceInitiale!.texte).toBe('avril 2018');
    expect(revue.glissement).toEqual({ min: 246, max: 455 });
    expect(etat(decidee, echeance('avril 2018')).glissement).toBeNull();
  });

  it('does not know a slippage between dates without bounds', () => {
    expect(glissementEntre(lireDate('avril 2018'), lireDate('prochaine migration'))).toEqual({
      min: null,
      max: null,
    });
    expect(glissementEntre(lireDate('2018-04-01'), lireDate('avant fin juin 2018'))).toEqual({
      min: null,
      max: 90,
    });
  });

  it('refuses a fact that precedes its decision', () => {
    given(decidee)
      .when(
        { type: 'ConstaterAvancement', data: { acteur: null, texte: 'Fait', code: 'fait' } },
        '2018-01-29',
      )
      .thenRefused('fait-anterieur-a-l-ouverture');
  });

  it('lets a standing event be corrected, and one that was corrected no more', () => {
    const corrigee = avancement('fait');
    given(decidee, avancement('en-cours'))
      .whenCorrecting({ revision: 1, replacement: corrigee })
      .then(corrigee);
    given(decidee).whenCorrecting({ revision: 4, motif: 'x' }).thenRefused('evenement-inconnu');
  });
});

describe('the words of a progress', () => {
  it.each([
    ['Fait (CR dernier Copil)', 'fait'],
    ['Fait le 12/02', 'fait'],
    ['En cours', 'en-cours'],
    ['Prochaine migration', 'planifie'],
    ['Sollicité, en attente de réponse', 'en-attente'],
    ['Avant campagne 2018', 'planifie'],
    ['Non communiqué', 'non-communique'],
    ['Livré dans la version 5.00.30', 'livre'],
    ['Point dédié', 'point-dedie'],
    ['On verra bien', 'autre'],
    ['Fait partiellement', 'autre'],
    ['Terminé à 80 %', 'autre'],
    ['Plus en attente', 'autre'],
  ])('« %s » have the code %s', (texte, code) => expect(codeDe(texte)).toBe(code));
});
