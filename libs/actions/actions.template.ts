import type { Template, TemplateContext } from '../room/index.js';
import { actions } from './views/actions.js';

/** Every open action with its last words, to be filled with what is said this time. */
export async function actionsTemplate({ rows }: TemplateContext): Promise<Template> {
  const ouvertes = await rows(actions.view, { statut: 'ouverte' });
  return {
    actions: [],
    avancements: ouvertes.map(({ reference, intitule, avancement }) => ({
      action: reference,
      intitule,
      dernier: avancement,
      acteur: null,
      texte: null,
    })),
  };
}
