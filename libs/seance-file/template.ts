import { stringify } from 'yaml';
import { InvalidInput, NotFound } from '../event-sourcing/index.js';
import type { TemplateContext } from '../room/index.js';
import { comite as comites } from '../words/index.js';
import { resolveBasis } from '../registre/index.js';
import { rooms } from '../registre/index.js';
import { type Registre, viewNamed } from '../registre/index.js';

/** A séance file for a committee's next COPIL, prefilled with what is known now. */
export async function modele(registre: Registre, comite: string): Promise<object> {
  if (!comites.pattern.test(comite))
    throw new InvalidInput([
      { path: 'comite', message: `« ${comite} » n’est pas un comité comme apogee-rof` },
    ]);
  const basis = await resolveBasis(registre, {});
  const rows: TemplateContext['rows'] = (view, filters) =>
    registre.reader.rows(view, {
      basis,
      referenceDay: basis.referenceDay,
      scope: comite,
      ...(filters && { filters }),
    });
  const seances = await rows(viewNamed('seances'));
  if (seances.length === 0) throw new NotFound('comite-inconnu', `Le comité ${comite} n’a aucune séance.`);
  const numero =
    Math.max(...seances.filter(({ statut }) => statut === 'close').map((one) => Number(one.numero)), 0) + 1;
  const next = { comite, numero, rows };
  const parts = await Promise.all(
    rooms.flatMap(({ section, sayings }) => [
      section?.template?.(next) ?? Promise.resolve({}),
      ...sayings.map((saying) => saying.skeleton(next)),
    ]),
  );
  return parts.reduce<object>((file, part) => ({ ...file, ...part }), {
    version: 1,
    comite,
    numero,
    auteur: null,
  });
}

export const modeleEnYaml = (file: object): string =>
  [
    '# Fichier de séance : complétez ce que la séance a dit, puis « minutier import <ce fichier> ».',
    '# Un texte laissé à null n’enregistre rien. ouverture: {} et cloture: {} : la séance s’est tenue, elle est close.',
    stringify(file, { lineWidth: 110 }),
  ].join('\n');
