/** What commander says of a wrong command line, in French. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown option '(.+?)'/, 'option inconnue : $1'],
  [/^error: unknown command '(.+?)'/, 'commande inconnue : $1'],
  [/^error: missing required argument '(.+?)'/, 'argument manquant : $1'],
  [/^error: option '(.+?)' argument missing/, 'l’option $1 attend une valeur'],
  [/^error: required option '(.+?)' not specified/, 'l’option $1 est obligatoire'],
  [
    /^error: too many arguments(?: for '(.+?)')?\. Expected (\d+) arguments? but got (\d+).*/,
    'trop d’arguments : il en faut $2, et il y en a $3',
  ],
  [/\(Did you mean (?:one of )?(.+?)\?\)/, '(plutôt $1 ?)'],
];

export const enFrancais = (message: string): string =>
  SENTENCES.reduce((text, [pattern, sentence]) => text.replace(pattern, sentence), message);

export const AIDE = 'montre cette aide';

const TITRES: Readonly<Record<string, string>> = {
  'Usage:': 'Usage :',
  'Options:': 'Options :',
  'Commands:': 'Commandes :',
  'Arguments:': 'Arguments :',
  'Global Options:': 'Options communes :',
};

/** The headings of a help. */
export const titreEnFrancais = (title: string): string => TITRES[title] ?? title;
