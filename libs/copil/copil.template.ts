import type { Template, TemplateContext } from '../room/index.js';
import type { SeanceRow } from './views/seances.js';
import { membres } from './views/membres.js';
import { seances } from './views/seances.js';

type PointModele = { point: string; titre: string; reporteDe?: string; issue: null; points?: PointModele[] };

/** The members in office, the last agenda as a skeleton, and the items that were put off. */
export async function copilTemplate({ comite, numero, rows }: TemplateContext): Promise<Template> {
  const toutes = (await rows(seances.view)) as unknown as (SeanceRow & { reference: string })[];
  const derniere = toutes.filter(({ statut, numero: autre }) => statut === 'close' && autre < numero).at(-1);
  const annoncee = toutes.find((one) => one.numero === numero);
  const enPoste = await rows(membres.view, { actif: 'oui' });
  return {
    seance: { jour: jourAnnonce(annoncee?.jour) },
    presences: enPoste.map(({ personne, nom }) => ({
      personne: String(personne).slice(comite.length + 1),
      ...(nom !== null && { nom }),
      presence: null,
    })),
    invites: [],
    ordreDuJour: ordreDuJour(derniere),
    ouverture: null,
    cloture: null,
  };
}

/** The words, with their year where they do not say it. */
function jourAnnonce(jour: SeanceRow['jour']) {
  const borne = jour?.auPlusTard ?? jour?.auPlusTot;
  if (!jour) return { texte: 'à compléter' };
  return borne ? { texte: jour.texte, annee: Number(borne.slice(0, 4)) } : { texte: jour.texte };
}

function ordreDuJour(derniere: (SeanceRow & { reference: string }) | undefined): PointModele[] {
  return derniere ? enfants('', derniere.points, derniere.reference) : [];
}

/** Two levels recur from one COPIL to the next; what lies deeper belonged to that séance, but what was put off. */
function enfants(parent: string, points: SeanceRow['points'], seance: string, depth = 1): PointModele[] {
  return points
    .filter(
      ({ point }) => (parent ? point.startsWith(`${parent}.`) : true) && point.split('.').length === depth,
    )
    .map(({ point, titre, issue }) => {
      const sousPoints = enfants(point, points, seance, depth + 1).filter(
        (one) => depth < 2 || one.reporteDe !== undefined || one.points !== undefined,
      );
      return {
        point,
        titre,
        ...(issue?.issue === 'reporte' && { reporteDe: `${seance}/${point}` }),
        issue: null,
        ...(sousPoints.length > 0 && { points: sousPoints }),
      };
    });
}
