import { z } from 'zod';
import { compte } from './codes.js';

const TYPES: Readonly<Record<string, string>> = {
  string: 'un texte',
  number: 'un nombre',
  int: 'un nombre entier',
  boolean: 'true ou false',
  array: 'une liste',
  object: 'des champs',
  record: 'des champs',
  null: 'null',
  date: 'une date',
};

const typeDe = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'une liste' : (TYPES[typeof value] ?? 'autre chose');

const french = z.locales.fr().localeError;

/** What is wrong with a value, as a French reader says it; what is not foreseen here, as the library does. */
export const localeError: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'valeur manquante'
        : `il faut ${TYPES[issue.expected] ?? issue.expected}, et c’est ${typeDe(issue.input)}`;
    case 'invalid_value':
      return typeof issue.input === 'string' || typeof issue.input === 'number'
        ? `« ${String(issue.input).slice(0, 80)} » : il faut ${issue.values.length === 1 ? '' : 'l’une de ces valeurs : '}${issue.values.map(String).join(', ')}`
        : issue.input === undefined
          ? 'valeur manquante'
          : `il faut l’une de ces valeurs : ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return `il en faut au moins ${issue.minimum}`;
      return issue.origin === 'string'
        ? `il faut au moins ${compte(Number(issue.minimum), 'caractère')}`
        : `au moins ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'array') return `il en faut au plus ${issue.maximum}`;
      return issue.origin === 'string' ? `au plus ${issue.maximum} caractères` : `au plus ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'regex' ? 'ce texte n’a pas la forme attendue' : french(issue);
    case 'invalid_union':
      return issue.input === undefined
        ? 'valeur manquante'
        : `${typeof issue.input === 'string' ? `« ${issue.input.slice(0, 80)} »` : typeDe(issue.input)} n’est aucune des formes possibles ici`;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return french(issue);
  }
};
