import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

type Schemas = components['schemas'];
/** The fields of a type that say nothing of what they hold. */
type Untyped<T> = { [K in keyof T]-?: unknown extends T[K] ? K : never }[keyof T];
type None<T extends never> = T;
export type EveryFieldIsTyped = [
  None<Untyped<Schemas['seances']>>,
  None<Untyped<Schemas['membres']>>,
  None<Untyped<Schemas['actions']>>,
  None<Untyped<Schemas['decisions']>>,
  None<Untyped<Schemas['Enregistre']>>,
  None<Untyped<Schemas['Ligne']>>,
  None<Untyped<Schemas['Noeud']>>,
];

const api = createClient<paths>({
  baseUrl: process.argv[2]!,
  // A reference keeps its slashes.
  pathSerializer: (path, parameters) =>
    path.replace('{reference}', String((parameters as Record<string, unknown>).reference)),
});
const header = { 'Minutier-Auteur': 'secretaire' };

function must<T>({ data, error }: { data?: T; error?: { code: string; detail: string } | object }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

must(await api.POST('/api/v1/comites', { params: { header }, body: { comite: 'client', nom: 'Client' } }));
must(
  await api.POST('/api/v1/seances', {
    params: { header },
    body: { comite: 'client', numero: 1, jour: { texte: '12/03', annee: 2018 } },
  }),
);
const seance = { header, path: { reference: 'client/1' } };
must(
  await api.POST('/api/v1/seances/{reference}/points', {
    params: seance,
    body: { point: 'P1', titre: 'Bilan' },
  }),
);
must(await api.POST('/api/v1/seances/{reference}/ouverture', { params: seance, body: {} }));
const decided = must(
  await api.POST('/api/v1/actions', {
    params: { header: { ...header, 'Idempotency-Key': 'une-fois' } },
    body: { seance: 'client/1', intitule: 'Relancer', acteurs: ['Amue'], point: 'client/1/P1' },
  }),
);
must(
  await api.POST('/api/v1/actions/{reference}/avancement', {
    params: { header, path: { reference: decided.reference } },
    body: { seance: 'client/1', texte: 'Fait', le: '12/03/2018' },
  }),
);
must(
  await api.POST('/api/v1/seances/{reference}/issues', {
    params: seance,
    body: { point: 'P1', issue: 'information', texte: 'Dit' },
  }),
);
const closed = must(await api.POST('/api/v1/seances/{reference}/cloture', { params: seance, body: {} }));
const { items, asOf } = must(
  await api.GET('/api/v1/actions', { params: { query: { comite: 'client', asOf: 'client/1' } } }),
);
const refused = await api.POST('/api/v1/actions', {
  params: { header },
  body: { seance: 'client/1', intitule: 'Trop tard', acteurs: ['Amue'] },
});
const journal = must(await api.GET('/api/v1/journal', { params: { query: { limit: 200 } } }));
const chain = must(
  await api.GET('/api/v1/pourquoi/{reference}', { params: { path: { reference: decided.reference } } }),
);

const [action] = items;
process.stdout.write(
  JSON.stringify({
    statut: action?.statut,
    avancement: action?.avancements?.map(({ texte, le }) => `${texte} ${le?.auPlusTard}`),
    seance: asOf.seance,
    empreinte: closed.empreinte?.sha256.length,
    refus: refused.error?.code,
    phrases: journal.items.map(({ sentence }) => sentence).length,
    liens: chain.racine.liens.map(({ reference }) => reference),
  }),
);
