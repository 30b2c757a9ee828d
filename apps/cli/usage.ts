/** What commander says of a wrong command line, in French. */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^error: unknown option '(.+?)'/, 'option inconnue : $1'],
  [/^error: unknown command '(.+?)'/, 'commande inconnue : $1'],
  [/^error: missing required argument '(.+?)'/, 'argument manquant : $1'],
  [/^error: option '(.+?)' argument missing/, 'l’option $1 attend une valeur'],
  [/^error: required option '(.+?)' not specified/, 'l’option $1 est obligatoire'],
  [
    /^error: too many arguments(?: for '(.+?)')?\. Expected (\d+) arguments? but got (\d+).*/,
    'trop d’arguments : $2 attendu(s), $3 donné(s)',
  ],
  [/\(Did you mean (?:one of )?(.+?)\?\)/, '(plutôt $1 ?)'],
];

export const enFrancais = (message: string): string =>
  SENTENCES.reduce((text, [pattern, sentence]) => text.replace(pattern, sentence), message);
