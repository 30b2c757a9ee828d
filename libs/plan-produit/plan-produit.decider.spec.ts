import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Given } from '../event-sourcing/specify.js';
import { specify } from '../event-sourcing/specify.js';
import { lireDate } from '../words/index.js';
import { aPourPartie, type Plan, type PlanCommand, planDecider } from './plan-produit.decider.js';
import type { PlanEvent } from './plan-produit.events.js';

const { given } = specify(planDecider);
const annoncee = (
  version: string,
  prevue = 'avril 2018',
  numero: string | null = version,
): Given<PlanEvent> => ({
  type: 'VersionAnnoncee',
  data: { version, numero, prevue: lireDate(prevue) },
});
const livree = (version: string, le = 'avril 2018'): Given<PlanEvent> => ({
  type: 'VersionLivree',
  data: { version, le: lireDate(le) },
});
const replanifiee = (version: string, prevue: string): Given<PlanEvent> => ({
  type: 'VersionReplanifiee',
  data: { version, prevue: lireDate(prevue), motif: 'Charge' },
});
const inscrit = (contenu: string, version: string): Given<PlanEvent> => ({
  type: 'ContenuInscrit',
  data: { contenu, version, element: 'Archivage' },
});
const deplace = (contenu: string, de: string, vers: string): Given<PlanEvent> => ({
  type: 'ContenuDeplace',
  data: { contenu, de, vers },
});
const livrer = (version: string): PlanCommand => ({
  type: 'LivrerVersion',
  data: { version, le: lireDate('avril 2018') },
});
const etat = (...facts: Given<PlanEvent>[]): Plan =>
  facts.reduce((state, fact) => planDecider.evolve(state, fact), planDecider.initial);

describe('a plan produit', () => {
  it('is presented, once at a séance for a year', () => {
    const data = { seance: 'apogee-rof/2', annee: 2018 };
    given().when({ type: 'PresenterPlan', data }).then({ type: 'PlanPresente', data });
    given({ type: 'PlanPresente', data })
      .when({ type: 'PresenterPlan', data })
      .thenRefused('plan-deja-presente');
    given({ type: 'PlanPresente', data })
      .when({ type: 'PresenterPlan', data: { ...data, annee: 2019 } })
      .then({ type: 'PlanPresente', data: { ...data, annee: 2019 } });
  });

  it('has a version once, under a number of its own', () => {
    const annoncer = (version: string, numero: string | null): PlanCommand => ({
      type: 'AnnoncerVersion',
      data: { version, numero },
    });
    given()
      .when(annoncer('5.10', '5.10'))
      .then({ type: 'VersionAnnoncee', data: { version: '5.10', numero: '5.10' } });
    given(annoncee('5.10')).when(annoncer('5.10', '5.10')).thenRefused('version-deja-annoncee');
    given(annoncee('5.10')).when(annoncer('septembre-2018', '5.10')).thenRefused('numero-pris');
    const numeroter = {
      type: 'NumeroterVersion' as const,
      data: { version: 'septembre-2018', numero: '5.11' },
    };
    given(annoncee('septembre-2018', 'septembre 2018', null))
      .when(numeroter)
      .then({ type: 'VersionNumerotee', data: numeroter.data });
    given(annoncee('5.11'), annoncee('septembre-2018', 'septembre 2018', null))
      .when(numeroter)
      .thenRefused('numero-pris');
    given().when(numeroter).thenRefused('version-inconnue');
    given(annoncee('5.10'), annoncee('5.11'))
      .whenCorrecting({ revision: 1, replacement: annoncee('5.11', 'mai 2018', '5.10') as PlanEvent })
      .thenRefused('numero-pris');
  });

  it('takes nothing in, and plans nothing anew, once a version is delivered or withdrawn', () => {
    const retiree: Given<PlanEvent> = { type: 'VersionRetiree', data: { version: '5.10', motif: 'x' } };
    for (const [end, code] of [
      [livree('5.10'), 'version-livree'],
      [retiree, 'version-retiree'],
    ] as const) {
      const known = [annoncee('5.10'), annoncee('5.20'), inscrit('ines', '5.20'), end];
      const commands: PlanCommand[] = [
        { type: 'ReplanifierVersion', data: { version: '5.10', prevue: lireDate('mai 2018'), motif: 'x' } },
        livrer('5.10'),
        { type: 'InscrireContenu', data: { contenu: 'cve', version: '5.10', element: 'CVE' } },
        { type: 'DeplacerContenu', data: { contenu: 'ines', de: '5.20', vers: '5.10' } },
      ];
      for (const command of commands)
        given(...known)
          .when(command)
          .thenRefused(code);
    }
    given(annoncee('5.10'), annoncee('5.20'), inscrit('ines', '5.20'))
      .whenCorrecting({ revision: 2, replacement: inscrit('ines', '6') as PlanEvent })
      .thenRefused('version-inconnue');
  });

  it('has a content in one version, from which it moves', () => {
    const known = given(annoncee('5.10'), annoncee('5.20'), inscrit('ines', '5.10'));
    const inscrire = (version: string): PlanCommand => ({
      type: 'InscrireContenu',
      data: { contenu: 'ines', version, element: 'INES' },
    });
    const deplacer = (de: string, vers: string): PlanCommand => ({
      type: 'DeplacerContenu',
      data: { contenu: 'ines', de, vers },
    });
    known.when(inscrire('5.20')).thenRefused('contenu-deja-inscrit');
    known.when(deplacer('5.10', '5.20')).then(deplace('ines', '5.10', '5.20'));
    known.when(deplacer('5.20', '5.10')).thenRefused('contenu-ailleurs');
    known.when(deplacer('5.10', '5.10')).thenRefused('contenu-deja-inscrit');
    given(annoncee('5.10')).when(deplacer('5.10', '5.20')).thenRefused('contenu-inconnu');
    const [ines] = etat(
      annoncee('5.10'),
      annoncee('5.20'),
      inscrit('ines', '5.10'),
      deplace('ines', '5.10', '5.20'),
    ).contenus;
    expect([ines!.version, ines!.avant]).toEqual(['5.20', ['5.10']]);
    given(annoncee('5.10'), inscrit('ines', '5.10'))
      .whenCorrecting({ revision: 0, motif: 'à tort' })
      .thenRefused('version-non-vide');
  });

  it('has what was left out of a delivered version come with a later one', () => {
    const known = [annoncee('5.10'), annoncee('5.20'), inscrit('ines', '5.10'), livree('5.10')];
    expect(etat(...known).contenus[0]!.statut).toBe('prevu');
    given(...known)
      .when({ type: 'DeplacerContenu', data: { contenu: 'ines', de: '5.10', vers: '5.20' } })
      .then(deplace('ines', '5.10', '5.20'));
    const rendu: Given<PlanEvent> = { type: 'ContenuLivre', data: { contenu: 'ines' } };
    given(...known)
      .when({ type: 'LivrerContenu', data: { contenu: 'ines' } })
      .then(rendu);
    given(...known, rendu)
      .when({ type: 'LivrerContenu', data: { contenu: 'ines' } })
      .thenRefused('contenu-livre');
    const retire: Given<PlanEvent> = { type: 'ContenuRetire', data: { contenu: 'ines', motif: 'x' } };
    given(...known, retire)
      .when({ type: 'DeplacerContenu', data: { contenu: 'ines', de: '5.10', vers: '5.20' } })
      .thenRefused('contenu-retire');
    // What was withdrawn may come back.
    given(...known, retire)
      .when({ type: 'InscrireContenu', data: { contenu: 'ines', version: '5.20', element: 'Archivage' } })
      .then(inscrit('ines', '5.20'));
  });

  it('has parts by name', () => {
    const plan = etat(annoncee('5.10'), inscrit('ines', '5.10'));
    expect(
      ['5.10', 'contenu/ines', '5.20', 'contenu/cve', 'ines'].map((one) => aPourPartie(plan, one)),
    ).toEqual([true, true, false, false, false]);
  });

  it('slips from first to last by no more and no less than by its steps', () => {
    const mois = fc
      .tuple(fc.integer({ min: 2018, max: 2021 }), fc.integer({ min: 1, max: 12 }))
      .map(([annee, numero]) => `${annee}-${String(numero).padStart(2, '0')}`);
    fc.assert(
      fc.property(mois, fc.array(mois, { minLength: 1, maxLength: 6 }), (first, then) => {
        const slip = (de: string, ...to: string[]) =>
          etat(annoncee('5.10', de), ...to.map((one) => replanifiee('5.10', one))).versions[0]!.glissement!;
        const steps = then.map((one, index) => slip(index === 0 ? first : then[index - 1]!, one));
        const whole = slip(first, ...then);
        expect(whole.min).toBeGreaterThanOrEqual(steps.reduce((sum, { min }) => sum + min!, 0));
        expect(whole.max).toBeLessThanOrEqual(steps.reduce((sum, { max }) => sum + max!, 0));
      }),
    );
  });
});
