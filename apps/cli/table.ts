import Table from 'cli-table3';
import { cellOf, type Published } from '../../libs/room/index.js';
import { enPhrases } from '../output.js';

const PIPED_WIDTH = 160;
const PADDING = 3;

/** Narrower than that, rows are shown as records. */
const TABLE_WIDTH = 120;
const MIN_WIDTH = 40;

/** The width of the terminal, or a fixed one where there is none. */
const available = (): number => Math.max(process.stdout.columns ?? PIPED_WIDTH, MIN_WIDTH);

const longestLine = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
const longestWord = (text: string): number => Math.max(...text.split(/[ \n]/).map((word) => word.length));

/** Rows as a table: narrow columns take what they need, the others share what is left. */
export function table(one: Published, rows: readonly Readonly<Record<string, unknown>>[]): string {
  const { screen, name } = one;
  const cells = rows.map((row) => [
    String(row.reference),
    ...screen.columns.map((column) => cellOf(one, column, row)),
  ]);
  return draw(
    [
      { heading: name.title, grow: 0 },
      ...screen.columns.map(({ heading, grow }) => ({ heading, grow: grow ?? 0 })),
    ],
    cells,
  );
}

/** Labels and texts, one below the other, each within the width that there is; what has no text is left out. */
export function records(fields: readonly (readonly [label: string, text: string])[]): string {
  const told = fields
    .filter(([, text]) => text !== '')
    .map(([label, text]) => [label, enPhrases(text)] as const);
  const width = Math.min(Math.max(...told.map(([label]) => label.length)), 28);
  const left = available() - width - 2;
  return told
    .flatMap(([label, text]) =>
      folded(text, left).map((line, index) =>
        `${(index === 0 ? label : '').padEnd(width)}  ${line}`.trimEnd(),
      ),
    )
    .join('\n');
}

/** Lines of at most a width, broken between words and not at a no-break space. */
function folded(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines = [''];
    for (const word of line.split(' ')) {
      const last = lines.at(-1)!;
      if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return lines;
  });
}

/** As a table where there is room for one, else as records. */
export function draw(
  columns: readonly { heading: string; grow: number }[],
  texts: readonly (readonly string[])[],
): string {
  if (available() < TABLE_WIDTH)
    return texts
      .map((row) => records(row.map((text, index) => [columns[index]!.heading.replace(/-?\n/, ''), text])))
      .join('\n\n');
  // Before it is measured.
  const cells = texts.map((row) => row.map(enPhrases));
  const column = (index: number) => [columns[index]!.heading, ...cells.map((row) => row[index]!)];
  const needs = columns.map((_, index) => Math.max(...column(index).map(longestLine)));
  const fixed = columns.map(({ grow }, index) => (grow === 0 ? needs[index]! : 0));
  const left = available() - fixed.reduce((sum, width) => sum + width, 0) - PADDING * columns.length - 1;
  const shares = columns.reduce((sum, { grow }) => sum + grow, 0);
  const colWidths = columns.map(({ grow }, index) => {
    if (grow === 0) return fixed[index]! + 2;
    const least = Math.min(Math.max(...column(index).map(longestWord)), 24);
    return Math.max(Math.min(needs[index]!, Math.floor((left * grow) / shares)), least) + 2;
  });
  const drawn = new Table({
    head: columns.map(({ heading }) => heading),
    colWidths,
    wordWrap: true,
    style: { head: [], border: [], compact: false },
  });
  drawn.push(...cells.map((row) => row.map((text, index) => folded(text, colWidths[index]! - 2).join('\n'))));
  return drawn.toString();
}
