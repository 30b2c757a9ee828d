import { z } from 'zod';
import type { Column } from '../event-sourcing/index.js';
import { published, rooms } from '../registre/index.js';
import { annulationBody, correctionBody } from './act.controllers.js';
import {
  API,
  diffParameters,
  empreinteParameters,
  itemParameters,
  journalParameters,
  listParameters,
  pourquoiParameters,
} from './read.controllers.js';

const PREFIX = `/${API}`;

const jsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  });
  void $schema;
  return rest;
};

/** Reusable schemas of zod's own `$defs` move to the components of the document. */
function lifted(schema: Record<string, unknown>, components: Record<string, unknown>): unknown {
  const { $defs, ...rest } = schema;
  Object.assign(components, $defs);
  return JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

const queryOf = (schema: z.ZodObject): object[] => {
  const { properties = {}, required = [] } = jsonSchema(schema) as {
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

const TYPES: Record<Column['type'], object> = {
  text: { type: ['string', 'null'] },
  integer: { type: ['integer', 'null'] },
  bigint: { type: ['string', 'null'], pattern: '^\\d+$' },
  boolean: { type: ['boolean', 'null'] },
  date: { type: ['string', 'null'], format: 'date' },
  'text[]': { type: ['array', 'null'], items: { type: 'string' } },
  json: {},
};

const rowSchema = (columns: Record<string, Column>): object => ({
  type: 'object',
  required: ['reference'],
  properties: {
    reference: { type: 'string' },
    ...Object.fromEntries(
      Object.entries(columns).map(([name, { type, description, schema }]) => [
        name,
        { ...(schema ?? TYPES[type]), description },
      ]),
    ),
  },
});

const POINT = {
  asOf: {
    type: 'object',
    properties: { position: { type: 'string' }, seance: { type: ['string', 'null'] } },
    required: ['position', 'seance'],
  },
  effectiveAt: { type: ['string', 'null'], format: 'date' },
};

const EMPREINTE = {
  type: ['object', 'null'],
  properties: { position: { type: 'string' }, sha256: { type: 'string' } },
  description: 'null : pas encore faite, à redemander',
};

const ok = (description: string, properties: object): object => ({
  description,
  content: { 'application/json': { schema: { type: 'object', properties } } },
});

const problems = (...statuses: number[]): object =>
  Object.fromEntries(statuses.map((status) => [status, { $ref: '#/components/responses/Problem' }]));

const reference = {
  name: 'reference',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'Une référence, avec ses barres : apogee-rof/1/A3',
};

const HEADERS = [
  {
    name: 'Minutier-Auteur',
    in: 'header',
    required: true,
    schema: { type: 'string' },
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

const RECORDED = {
  reference: { type: 'string' },
  revision: { type: ['integer', 'null'] },
  position: { type: 'string' },
  evenements: { type: 'array', items: { type: 'object' } },
  empreinte: { ...EMPREINTE, description: 'Du journal, où une séance a été close' },
};

/** The OpenAPI 3.1 document, from the schemas that validate. */
export function openApi(): object {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, Record<string, unknown>> = {};
  const add = (path: string, method: string, operation: object): void => {
    paths[`${PREFIX}${path}`] = { ...paths[`${PREFIX}${path}`], [method]: operation };
  };
  const post = (path: string, summary: string, body: z.ZodType, parameters: object[]): void =>
    add(path, 'post', {
      summary,
      parameters: [...parameters, ...HEADERS],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: lifted(jsonSchema(body), schemas) } },
      },
      responses: {
        201: ok('Enregistré', RECORDED),
        200: ok('Déjà enregistré par la même demande', RECORDED),
        ...problems(400, 404, 409, 413, 415, 422, 503),
      },
    });

  for (const one of published) {
    const { name, columns, computed } = one.view;
    const row = `#/components/schemas/${name}`;
    schemas[name] = rowSchema({ ...columns, ...computed });
    add(`/${name}`, 'get', {
      summary: one.screen.title,
      parameters: queryOf(listParameters(one)),
      responses: {
        200: ok('Une page', {
          ...POINT,
          items: { type: 'array', items: { $ref: row } },
          next: { type: ['string', 'null'] },
        }),
        ...problems(404, 409, 422, 503),
      },
    });
    add(`/${name}/{reference}`, 'get', {
      summary: `${one.screen.title} : une référence`,
      parameters: [reference, ...queryOf(itemParameters)],
      responses: { 200: ok('La chose', { ...POINT, item: { $ref: row } }), ...problems(404, 409, 422, 503) },
    });
    add(`/${name}/diff`, 'get', {
      summary: `${one.screen.title} : ce qui a changé entre deux points`,
      parameters: queryOf(diffParameters),
      responses: {
        200: ok('Les différences', {
          from: POINT.asOf,
          to: POINT.asOf,
          ajoutes: { type: 'array' },
          changes: { type: 'array' },
          retires: { type: 'array' },
          next: { type: ['string', 'null'] },
        }),
        ...problems(404, 409, 422, 503),
      },
    });
  }
  add('/pourquoi/{reference}', 'get', {
    summary: 'La chaîne derrière une chose',
    parameters: [reference, ...queryOf(pourquoiParameters)],
    responses: {
      200: ok('La chaîne', { ...POINT, racine: { type: 'object' }, next: { type: ['string', 'null'] } }),
      ...problems(404, 409, 422, 503),
    },
  });
  add('/journal', 'get', {
    summary: 'Le journal',
    parameters: queryOf(journalParameters),
    responses: {
      200: ok('Une page', {
        asOf: POINT.asOf,
        items: { type: 'array' },
        next: { type: ['string', 'null'] },
        empreinte: { ...EMPREINTE, description: 'Du journal entier, jusqu’à la dernière ligne' },
      }),
      ...problems(422, 503),
    },
  });
  add('/empreinte', 'get', {
    summary: 'L’empreinte du journal, à un point : chaque fait y couvre les précédents',
    parameters: queryOf(empreinteParameters),
    responses: {
      200: ok('L’empreinte', { asOf: POINT.asOf, empreinte: EMPREINTE }),
      ...problems(404, 409, 422, 503),
    },
  });
  for (const { sayings } of rooms)
    for (const { on, path, summary, body } of sayings.map(({ act }) => act))
      post(path ? `/${on}/{reference}/${path}` : `/${on}`, summary, body, path ? [reference] : []);
  post('/corrections', 'Remplacer un événement, sans rien effacer', correctionBody, []);
  post('/annulations', 'Annuler un événement', annulationBody, []);

  return {
    openapi: '3.1.0',
    info: { title: 'Minutier', version: '1', description: 'Le registre d’un comité de pilotage.' },
    paths,
    components: {
      schemas: {
        ...schemas,
        Problem: {
          type: 'object',
          description: 'RFC 9457',
          required: ['type', 'title', 'status', 'code', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string', description: 'Stable' },
            detail: { type: 'string', description: 'Une phrase en français' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                properties: { path: { type: 'string' }, message: { type: 'string' } },
              },
            },
          },
        },
      },
      responses: {
        Problem: {
          description: 'Un problème',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

/** Beside those of the document. */
const PUBLIC_PATHS = ['/openapi.json', '/schemas/{name}/{version}', '/health/live', '/health/ready'];

const routes: readonly { pattern: RegExp; method: string }[] = (() => {
  const { paths } = openApi() as { paths: Record<string, Record<string, unknown>> };
  const all = [
    ...Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => [path, method] as const),
    ),
    ...PUBLIC_PATHS.map((path) => [path, 'get'] as const),
  ];
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
