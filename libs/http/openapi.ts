import { z } from 'zod';
import type { Column } from '../event-sourcing/index.js';
import { published, rooms } from '../registre/index.js';
import { columnsOf, type Published } from '../room/index.js';
import { annulationBody, correctionBody } from './act.controllers.js';
import * as answers from './answers.js';
import {
  API,
  diffParameters,
  empreinteParameters,
  itemParameters,
  journalParameters,
  listParameters,
  pourquoiParameters,
  rectificationsParameters,
} from './read.controllers.js';

const PREFIX = `/${API}`;

type Json = Readonly<Record<string, unknown>>;

/** Of what is asked (`input`) or answered (`output`); what has an id of its own stands among the components. */
class Schemas {
  readonly components: Record<string, unknown> = {};

  of(schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
    const {
      $schema: _,
      $defs,
      ...rest
    } = z.toJSONSchema(schema, {
      io,
      unrepresentable: 'any',
      reused: 'inline',
      ...(io === 'output' && { override: ({ jsonSchema }) => void openEnded(jsonSchema) }),
    });
    Object.assign(this.components, lifted($defs ?? {}));
    return lifted(rest);
  }
}

/** Of an answer: it may have more fields one day. */
function openEnded(schema: { additionalProperties?: unknown }): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
}

const lifted = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as Json;

const TYPES: Readonly<Record<Exclude<Column['type'], 'json'>, z.ZodType>> = {
  text: z.string(),
  integer: z.int(),
  bigint: z.string().regex(/^-?\d+$/),
  numeric: z.string().regex(/^-?\d+(\.\d+)?$/),
  boolean: z.boolean(),
  date: z.iso.date(),
  'text[]': z.array(z.string()),
};

/** A row: every column is there, null where there is no value. */
const rowOf = ({ view, name }: Published): z.ZodType =>
  z.object({
    reference: name.schema,
    ...Object.fromEntries(
      Object.entries(columnsOf(view)).map(([column, { type, description, schema }]) => [
        column,
        (type === 'json' ? schema! : TYPES[type]).nullable().describe(description),
      ]),
    ),
  });

const asked = (schemas: Schemas, schema: z.ZodObject): object[] => {
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, { description?: string }>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description && { description }),
    schema: rest,
  }));
};

/** What an answer other than the one asked for may be, by status: the codes that are no rule's. */
const PROBLEMS: Readonly<
  Record<number, { readonly description: string; readonly codes: readonly string[] }>
> = {
  400: { description: 'Requête illisible', codes: ['requete-illisible', 'adresse-illisible', 'hote-absent'] },
  403: { description: 'D’un autre site', codes: ['origine-refusee'] },
  404: {
    description: 'Introuvable',
    codes: ['reference-inconnue', 'seance-inconnue', 'evenement-inconnu', 'chemin-inconnu'],
  },
  408: { description: 'La requête n’est pas arrivée à temps', codes: ['requete-trop-lente'] },
  409: {
    description: 'Refusé par une règle, dont c’est le code, ou devancé',
    codes: ['ecriture-concurrente', 'requete-en-cours', 'seance-close', 'seance-non-close'],
  },
  413: { description: 'Requête trop grande', codes: ['requete-trop-grande'] },
  415: { description: 'Autre chose que du JSON en UTF-8', codes: ['format-refuse'] },
  421: { description: 'Ce serveur ne répond pas sous ce nom', codes: ['hote-inconnu'] },
  422: {
    description: 'Entrée invalide : chaque champ est nommé',
    codes: ['entree-invalide', 'commande-differente'],
  },
  431: { description: 'En-têtes trop grands', codes: ['en-tetes-trop-grands'] },
  503: {
    description: 'Plus tard',
    codes: [
      'journal-injoignable',
      'vues-en-retard',
      'disque-plein',
      'trop-de-demandes',
      'version-plus-recente',
      'flux-incomplet',
    ],
  },
};
const ALWAYS = [400, 403, 408, 421, 431, 503];
const READ = [...ALWAYS, 404, 409, 422];
const WRITE = [...READ, 413, 415];

const RETRY = {
  'Retry-After': { description: 'Dans combien de secondes recommencer', schema: { type: 'integer' } },
};

const problemResponses = (): Json =>
  Object.fromEntries(
    Object.entries(PROBLEMS).map(([status, { description, codes }]) => [
      `Problem${status}`,
      {
        description,
        ...(['409', '503'].includes(status) && { headers: RETRY }),
        content: {
          'application/problem+json': {
            schema: { $ref: '#/components/schemas/Problem' },
            examples: Object.fromEntries(
              codes.map((code) => [
                code,
                {
                  value: {
                    type: `urn:minutier:probleme:${code}`,
                    title: description,
                    status: Number(status),
                    code,
                    detail: description,
                  },
                },
              ]),
            ),
          },
        },
      },
    ]),
  );

const problems = (statuses: readonly number[]): Json =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]));

const referenceTo = (example: string) => ({
  name: 'reference',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'Une référence, avec ses barres',
  example,
});

const HEADERS = [
  {
    name: 'Minutier-Auteur',
    in: 'header',
    required: true,
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,120}$' },
    description: 'Qui enregistre, par identifiant',
  },
  {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    schema: { type: 'string' },
    description: 'La même clé et le même corps : la même réponse',
  },
];

const NEXT = {
  Link: { description: 'L’adresse de la page suivante (rel="next")', schema: { type: 'string' } },
};

/** `/actions/{reference}/avancement` → `post-actions-avancement` */
const operationId = (method: string, path: string): string =>
  [method, ...path.split('/').filter((part) => part !== '')]
    .join('-')
    .replaceAll(/[{}]/g, '')
    .replaceAll('.', '-');

/** The OpenAPI 3.1 document, from the schemas that validate. */
export function openApi(): object {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (path: string, method: string, tag: string, operation: object): void => {
    const operationOf = {
      operationId: operationId(method, path.replace(PREFIX, '')),
      tags: [tag],
      ...operation,
    };
    paths[path] = { ...paths[path], [method]: operationOf };
  };
  const ok = (description: string, schema: z.ZodType, headers?: object): object => ({
    description,
    ...(headers && { headers }),
    content: { 'application/json': { schema: schemas.of(schema) } },
  });
  const get = (path: string, tag: string, summary: string, parameters: object[], answer: object): void =>
    add(`${PREFIX}${path}`, 'get', tag, {
      summary,
      parameters,
      responses: { 200: answer, ...problems(READ) },
    });
  const post = (path: string, tag: string, summary: string, body: z.ZodType, parameters: object[]): void =>
    add(`${PREFIX}${path}`, 'post', tag, {
      summary,
      parameters: [...parameters, ...HEADERS],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.of(body, 'input') } },
      },
      responses: {
        201: ok('Enregistré', answers.enregistre),
        200: ok('Déjà enregistré par la même demande', answers.enregistre),
        ...problems(WRITE),
      },
    });

  schemas.of(z.object({ probleme: answers.probleme }));
  for (const one of published) {
    const { name, totals } = one.view;
    const { title } = one.screen;
    const row = rowOf(one).meta({ id: name });
    const itsReference = referenceTo(one.name.example);
    get(
      `/${name}`,
      name,
      title,
      asked(schemas, listParameters(one)),
      ok('Une page', answers.listOf(row, totals), NEXT),
    );
    get(
      `/${name}/{reference}`,
      name,
      `${title} : une référence`,
      [itsReference, ...asked(schemas, itemParameters)],
      ok('La chose', answers.itemOf(row)),
    );
    get(
      `/${name}/diff`,
      name,
      `${title} : ce qui a changé entre deux moments`,
      asked(schemas, diffParameters),
      ok('Les différences', answers.diffOf(row)),
    );
  }
  const anything = referenceTo('apogee-rof/1/A3');
  get(
    '/pourquoi/{reference}',
    HISTORY,
    'La chaîne derrière une chose',
    [anything, ...asked(schemas, pourquoiParameters)],
    ok('La chaîne', answers.chaine),
  );
  get(
    '/journal',
    HISTORY,
    'Le journal',
    asked(schemas, journalParameters),
    ok('Une page', answers.pageDuJournal),
  );
  get(
    '/rectifications',
    HISTORY,
    'Tout ce qui a été corrigé, annulé ou rectifié entre deux moments : quoi, pourquoi, par qui',
    asked(schemas, rectificationsParameters),
    ok('Les rectifications, dans l’ordre où elles ont été enregistrées', answers.rectifications),
  );
  get(
    '/empreinte',
    HISTORY,
    'L’empreinte du journal, à un moment : chaque fait y couvre les précédents',
    asked(schemas, empreinteParameters),
    ok('L’empreinte', answers.empreinteDuJournal),
  );
  for (const { sayings } of rooms)
    for (const { act, name } of sayings) {
      const { on, path, summary, body } = act;
      const itsReference = referenceTo(name.example);
      post(
        path ? `/${on}/{reference}/${path}` : `/${on}`,
        RECORDING,
        summary,
        body,
        path ? [itsReference] : [],
      );
    }
  post('/corrections', RECORDING, 'Remplacer un événement, sans rien effacer', correctionBody, []);
  post('/annulations', RECORDING, 'Annuler un événement', annulationBody, []);

  add('/health/live', 'get', OPERATION, {
    summary: 'Le processus répond',
    responses: {
      200: ok('Il répond', answers.vivant),
      ...problems(ALWAYS.filter((status) => status !== 503)),
    },
  });
  add('/health/ready', 'get', OPERATION, {
    summary: 'Le journal répond et est entier, et chaque vue le suit',
    responses: {
      200: ok('Prêt', answers.pret),
      ...problems(ALWAYS),
      503: ok('Pas prêt : pourquoi', answers.pret),
    },
  });
  add('/schemas/{name}/{version}', 'get', OPERATION, {
    summary: 'Un schéma JSON publié, comme celui du fichier de séance',
    parameters: ['name', 'version'].map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
      example: name === 'name' ? 'seance' : '1',
    })),
    responses: { 200: ok('Le schéma', z.looseObject({})), ...problems([...ALWAYS, 404]) },
  });
  add('/openapi.json', 'get', OPERATION, {
    summary: 'Ce document',
    responses: { 200: ok('Le document', z.looseObject({})), ...problems(ALWAYS) },
  });

  return {
    openapi: '3.1.0',
    info: {
      title: 'Minutier',
      version: '1',
      description: 'Le registre d’un comité de pilotage.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [],
    tags: [...published.map(({ view, screen }) => ({ name: view.name, description: screen.title })), ...TAGS],
    paths,
    components: { schemas: schemas.components, responses: problemResponses() },
  };
}

const HISTORY = 'histoire';
const RECORDING = 'enregistrer';
const OPERATION = 'exploitation';
const TAGS = [
  { name: HISTORY, description: 'Le journal, et ce qui a mené à une chose' },
  { name: RECORDING, description: 'Ce qui peut être dit' },
  { name: OPERATION, description: 'Le service lui-même' },
];

const routes: readonly { pattern: RegExp; method: string }[] = (() => {
  const { paths } = openApi() as { paths: Record<string, Record<string, unknown>> };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => [path, method] as const),
  );
  return all.map(([path, method]) => ({
    // A reference has slashes of its own.
    pattern: new RegExp(
      `^${path
        .replace(/[.]/g, '\\$&')
        .replace('{reference}', '.+')
        .replace(/\{\w+\}/g, '[^/]+')}/?$`,
    ),
    method: method.toUpperCase(),
  }));
})();

/** The methods that a path answers to; none where there is nothing. */
export function methodsOf(path: string): readonly string[] {
  const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].toSorted();
}
