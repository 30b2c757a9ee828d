import fc from 'fast-check';

export type Schema = Readonly<Record<string, unknown>>;

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

interface Operation {
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { content: { 'application/json': { schema: Schema } } };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** What nobody means well. */
const hostile: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  '',
  ' ',
  '\0',
  '\u001b[2J\u202e',
  '\ud800',
  'é'.repeat(5000),
  '../../etc/passwd',
  "'; DROP SCHEMA log CASCADE; --",
  '%00%ff%zz',
  'position:99999999999999999999999',
  'position:-1',
  '2018-02-30',
  '+999999-01-01T00:00:00Z',
  '0000-00-00',
  'apogee-rof/999999999999/A1',
  1e308,
  -0,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  0.1,
  true,
  [],
  {},
  [[[[[[[[[[]]]]]]]]]],
  { length: { toString: 1 } },
  { 'acteurs.99999999': 'z' },
  { ['a.'.repeat(3000)]: 1 },
  JSON.parse('{"__proto__": {"a": 1}, "constructor": 1, "prototype": 2}'),
  Array.from({ length: 2000 }, (_, n) => n),
);

/**
 * What the fields and parameters may well say, by their names: none for those left out; `''` is for all others, and
 * `jalons/reference` for what is acted on under that path.
 */
export type Vocabulary = Readonly<Record<string, readonly string[]>>;

export interface Writing {
  readonly vocabulary: Vocabulary;
  readonly schemas: Document['components']['schemas'];
  /** Now and then something else than the schema asks for. */
  readonly strays: boolean;
}

/** Values as a JSON Schema asks for them, and now and then as it does not. */
export function valuesOf(schema: Schema, name: string, writing: Writing, depth = 0): fc.Arbitrary<unknown> {
  const valid = meant(schema, name, writing, depth);
  if (!writing.strays) return valid;
  return fc.oneof(
    { weight: 14, arbitrary: valid },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

function meant(schema: Schema, name: string, writing: Writing, depth: number): fc.Arbitrary<unknown> {
  const inner = (one: Schema, field = name) => valuesOf(one, field, writing, depth + 1);
  if (depth > 6) return fc.constant(null);
  const { minimum = 1, maximum = 9 } = schema as { minimum?: number; maximum?: number };
  const counts = fc.integer({ min: minimum, max: Math.min(Math.max(minimum, maximum), minimum + 300) });
  if (typeof schema.$ref === 'string') return inner(writing.schemas[schema.$ref.split('/').at(-1)!] ?? {});
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as unknown[]));
  const choices = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (choices) return fc.oneof(...choices.map((one) => inner(one)));
  switch ([schema.type].flat()[0]) {
    case 'string':
      return texts(schema, name, writing);
    case 'integer':
      return writing.strays ? fc.oneof(counts, fc.maxSafeInteger()) : counts;
    case 'number':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(inner((schema.items as Schema | undefined) ?? {}), { maxLength: 4 });
    case 'object': {
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>).filter(
        ([field]) => writing.vocabulary[field]?.length !== 0,
      );
      const model = Object.fromEntries(properties.map(([field, one]) => [field, inner(one, field)]));
      const required = ((schema.required ?? []) as string[]).filter((field) => field in model);
      const known = fc.record(model, { requiredKeys: required });
      const any = fc.dictionary(fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
      if (properties.length === 0) return any;
      if (!writing.strays) return known;
      return fc.oneof(
        { weight: 12, arbitrary: known },
        { weight: 1, arbitrary: fc.record(model, { requiredKeys: [] }) },
        { weight: 1, arbitrary: fc.tuple(known, any).map(([one, more]) => ({ ...one, ...more })) },
      );
    }
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

const days = fc
  .date({ min: new Date('2017-01-01'), max: new Date('2019-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

function texts(
  { pattern, format }: Schema,
  name: string,
  { vocabulary, strays }: Writing,
): fc.Arbitrary<string> {
  const words = vocabulary[name];
  if (words && !strays) return fc.constantFrom(...words);
  if (format === 'date') return days;
  const patterned = typeof pattern === 'string' ? [{ weight: 4, arbitrary: matching(pattern) }] : [];
  const said = words ? [{ weight: 6, arbitrary: fc.constantFrom(...words) }] : [];
  return fc.oneof(
    ...patterned,
    ...said,
    { weight: 3, arbitrary: fc.constantFrom(...vocabulary['']!) },
    { weight: 1, arbitrary: days },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }) },
  );
}

/** A pattern that has no text here is one that none of these tries matches. */
function matching(pattern: string): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'));
  } catch {
    return fc.constant('apogee-rof');
  }
}

const asText = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

/** A lone surrogate has no encoding of its own. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

/** Of each operation of an OpenAPI document: requests as it describes them, near it, and beside it. */
export function requestsOf(
  document: object,
  vocabulary: Vocabulary,
): ReadonlyMap<string, fc.Arbitrary<FuzzRequest>> {
  const { paths, components } = document as Document;
  const requests = new Map<string, fc.Arbitrary<FuzzRequest>>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const request = (strays: boolean) =>
        requestOf(method.toUpperCase(), path, operation, {
          vocabulary,
          schemas: components.schemas,
          strays,
        });
      requests.set(`${method.toUpperCase()} ${path}`, fc.oneof(request(false), request(true)));
    }
  return requests;
}

function requestOf(
  method: string,
  path: string,
  { parameters = [], requestBody }: Operation,
  writing: Writing,
): fc.Arbitrary<FuzzRequest> {
  const { strays, vocabulary } = writing;
  const queried = parameters.filter((one) => one.in === 'query' && vocabulary[one.name]?.length !== 0);
  const query = fc.record(
    Object.fromEntries(queried.map(({ name, schema }) => [name, valuesOf(schema, name, writing)])),
    { requiredKeys: queried.filter((one) => one.required && !strays).map(({ name }) => name) },
  );
  // Those that are acted on under this path, before all others.
  const its = vocabulary[`${/\/v1\/([\w-]+)\//.exec(path)?.[1]}/reference`];
  const any = fc.constantFrom(...vocabulary.reference!);
  const named = its ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...its) }, any) : any;
  const placed = fc.record(
    Object.fromEntries(
      parameters
        .filter((one) => one.in === 'path' && one.name !== 'reference')
        .map(({ name }) => [
          name,
          fc.oneof(
            { weight: 4, arbitrary: fc.constantFrom(...vocabulary[name]!) },
            { weight: strays ? 1 : 0, arbitrary: fc.webSegment({ size: 'small' }).filter(Boolean) },
          ),
        ]),
    ),
  );
  const reference = fc.oneof(
    { weight: 8, arbitrary: named },
    { weight: 1, arbitrary: hostile.map((value) => encoded(asText(value).slice(0, 3000))) },
    { weight: 1, arbitrary: fc.webPath() },
  );
  const json = requestBody
    ? valuesOf(requestBody.content['application/json'].schema, '', writing).map((value) =>
        JSON.stringify(value),
      )
    : undefined;
  const noJson = fc.oneof(
    fc.constantFrom('', '{', '[1,2', '"', 'a=b', '['.repeat(5000), '{}{}'),
    fc.string({ unit: 'binary' }),
  );
  const body =
    json && fc.oneof({ weight: 10, arbitrary: json }, { weight: strays ? 1 : 0, arbitrary: noJson });
  const more = fc.webQueryParameters().map((text) => `&${text}`);
  return fc
    .record({
      reference: strays ? reference : named,
      placed,
      query,
      more: fc.oneof({ weight: 12, arbitrary: fc.constant('') }, { weight: strays ? 1 : 0, arbitrary: more }),
      author: fc.oneof(
        { weight: 20, arbitrary: fc.constantFrom('essai', 'autre') },
        { weight: strays ? 1 : 0, arbitrary: fc.constantFrom('', 'a b', 'é', 'x'.repeat(500)) },
      ),
      key: fc.oneof(
        { weight: 5, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('k1', 'k2', 'k'.repeat(300)) },
      ),
      body: body ?? fc.constant(undefined),
    })
    .map(({ reference: thing, placed: parts, query: asked, more: beside, author, key, body: text }) => {
      const pairs = Object.entries(asked).map(
        ([name, value]) => `${name}=${encoded(asText(value).slice(0, 3000))}`,
      );
      return {
        method,
        path: `${Object.entries(parts).reduce(
          (at, [name, part]) => at.replace(`{${name}}`, part),
          path.replace('{reference}', thing),
        )}?${pairs.join('&')}${beside}`,
        headers: {
          ...(author && { 'Minutier-Auteur': Buffer.from(author).toString('latin1') }),
          ...(text !== undefined && { 'Content-Type': 'application/json' }),
          ...(key && { 'Idempotency-Key': key }),
        },
        body: text,
      };
    });
}
