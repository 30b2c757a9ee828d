import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Json = Readonly<Record<string, unknown>>;

/** A schema that takes no field that it does not tell, where it does not say that there may be others. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, one]) => [name, closed(one)]));
  const isObject = inner.type === 'object' && inner.properties !== undefined;
  return isObject && inner.additionalProperties === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

export class Described {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly routes: { pattern: RegExp; path: string }[];

  constructor(private readonly document: { paths: Record<string, Json> }) {
    (addFormats as unknown as (ajv: Ajv2020) => void)(this.ajv);
    this.ajv.addSchema(closed(document) as object, 'document');
    this.routes = Object.keys(document.paths)
      // The more precise first: `/actions/diff` is no reference.
      .toSorted((a, b) => Number(a.includes('{')) - Number(b.includes('{')))
      .map((path) => ({
        path,
        pattern: new RegExp(
          `^${path
            .replaceAll('.', '\\.')
            .replace('{reference}', '.+')
            .replaceAll(/\{\w+\}/g, '[^/]+')}/?$`,
        ),
      }));
  }

  /** What is wrong with an answer, of a path that is described. */
  faultsOf(method: string, path: string, status: number, type: string, body: unknown): string | undefined {
    const route = this.routes.find(
      ({ pattern, path: template }) =>
        pattern.test(path) && this.document.paths[template]![method.toLowerCase()] !== undefined,
    );
    if (!route || status === 500) return undefined;
    const told = this.responsePointer(route.path, method.toLowerCase(), status);
    if (told === undefined) return `${status} is not described`;
    const pointer = `${told}/content/${escaped(type.split(';')[0]!)}/schema`;
    const validate = this.validatorAt(pointer);
    if (!validate) return `${status} as ${type} is not described`;
    return validate(body) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: 'body' });
  }

  private responsePointer(path: string, method: string, status: number): string | undefined {
    const { responses } = this.document.paths[path]![method] as {
      responses: Record<string, { $ref?: string }>;
    };
    const response = responses[status];
    if (!response) return undefined;
    return response.$ref?.slice(1) ?? `/paths/${escaped(path)}/${method}/responses/${status}`;
  }

  private validatorAt(pointer: string): ValidateFunction | undefined {
    const known = this.validators.get(pointer);
    if (known) return known;
    try {
      const validate = this.ajv.compile({ $ref: `document#${pointer}` });
      this.validators.set(pointer, validate);
      return validate;
    } catch {
      return undefined;
    }
  }
}

const escaped = (part: string): string =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
