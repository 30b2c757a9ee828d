import { type InputIssue, InvalidInput } from '../event-sourcing/index.js';
import { plusProche, simple } from '../words/index.js';

/** @throws InvalidInput with the faults of all */
export function eachOf<T, R>(all: readonly T[], work: (one: T, index: number) => R): R[] {
  const issues: InputIssue[] = [];
  const done = all.flatMap((one, index) => {
    try {
      return [work(one, index)];
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      issues.push(...error.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new InvalidInput(issues);
  return done;
}

/** What a committee knows already by name: what is said is read in its light. */
export class Connus {
  private readonly acteurs = new Set<string>();
  private readonly personnes = new Set<string>();

  constructor(known: { readonly acteurs: Iterable<string>; readonly personnes: Iterable<string> }) {
    for (const nom of known.acteurs) this.acteurs.add(nom);
    for (const nom of known.personnes) this.personnes.add(simple(nom));
  }

  /** @throws InvalidInput */
  acteursDits(dits: readonly string[], path: string, nouveaux?: readonly string[]): string[] {
    return eachOf(dits, (one, index) => this.acteur(one, `${path}[${index}]`, nouveaux));
  }

  /**
   * An actor as it is known, whatever its case and accents; a new one is known from then on.
   * @param nouveaux those whose names are near to a known one, and who are others indeed
   * @throws InvalidInput a slip of the pen, or the name of a person
   */
  acteur(dit: string, path: string, nouveaux: readonly string[] = []): string {
    const fault = (message: string) => new InvalidInput([{ path, message }]);
    if (this.acteurs.has(dit)) return dit;
    const connu = [...this.acteurs].find((nom) => simple(nom) === simple(dit));
    if (connu !== undefined) return connu;
    this.institution(dit, path);
    const proche = nouveaux.includes(dit) ? undefined : plusProche([...this.acteurs], dit);
    if (proche !== undefined)
      throw fault(
        `« ${dit} » n’est pas un acteur connu : est-ce « ${proche} » ? Si c’en est un autre, dites-le (acteursNouveaux)`,
      );
    this.acteurs.add(dit);
    return dit;
  }

  /** A name that is no person's. @throws InvalidInput */
  institution(dit: string, path: string): string {
    if (this.personnes.has(simple(dit)))
      throw new InvalidInput([
        {
          path,
          message:
            'c’est le nom d’une personne : un acteur est une institution ou un groupe, et le nom d’une personne ne figure que là où elle est enregistrée',
        },
      ]);
    return dit;
  }
}
