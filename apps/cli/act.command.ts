import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import { InvalidInput, parseInput, requireInput } from '../../libs/event-sourcing/index.js';
import { ecartesDe, rooms } from '../../libs/registre/index.js';
import type { Act, Saying } from '../../libs/room/index.js';
import { compte, SourceNumber, taken } from '../../libs/words/index.js';
import { print, printJson } from '../output.js';
import { empreinteEnClair } from './inspect.command.js';
import { authorOf, type Common, withJson, withRegistre } from './session.js';
import { kebab, sentenceOf } from './words.js';

type ActOptions = Common & Record<string, unknown>;

/** Said whole by its reason here: `--rectificatif <motif>`. */
const RECTIFICATIF = 'rectificatif';

/** One command per thing that can be said: `minutier constater apogee-rof/1/A4 "Réponse reçue" --le 12/07/2018`. */
export function actCommands(program: Command): void {
  for (const { sayings } of rooms) for (const saying of sayings) actCommand(program, saying);
}

function actCommand(program: Command, { act, name }: Saying): void {
  const { verb, main, summary, body } = act;
  const { properties = {}, required = [] } = z.toJSONSchema(body, {
    io: 'input',
    unrepresentable: 'any',
  }) as unknown as Described;
  const actsOn = act.path !== undefined;
  const subject = actsOn || act.named !== undefined ? [name.word] : [];
  const given = [
    ...subject.map((word) => `<${word}>`),
    ...(main ? [required.includes(main) ? `<${main}>` : `[${main}]`] : []),
  ];
  const command = withJson(
    program
      .command([verb, ...given].join(' '))
      .description(summary)
      .helpGroup('Actes :'),
  ).option('--auteur <id>', 'qui enregistre');
  for (const [field, described] of Object.entries(properties)) {
    if (field === main || field === act.named) continue;
    const { description = '' } = described;
    const needed = required.includes(field) ? 'obligatoire' : '';
    const flag = `--${kebab(field)}`;
    if (field === RECTIFICATIF) command.option(`${flag} <motif>`, description);
    else
      command.option(
        isList(described) ? `${flag} <valeurs...>` : `${flag} <valeur>`,
        [description, fieldsOf(described), needed].filter(Boolean).join(' ; '),
      );
  }
  command.action(async (...parts: (string | ActOptions | undefined)[]) => {
    const words = parts.slice(0, given.length) as (string | undefined)[];
    const options = parts[given.length] as ActOptions;
    const [thing] = subject.length > 0 ? words : [];
    const said = {
      ...Object.fromEntries(Object.keys(properties).map((field) => [field, options[field]])),
      ...(main && { [main]: words[subject.length] }),
      ...(act.named && { [act.named]: thing }),
      ...(options[RECTIFICATIF] !== undefined && { [RECTIFICATIF]: { motif: options[RECTIFICATIF] } }),
    };
    await record(act, actsOn ? thing! : '', said, options).catch((error: unknown) => {
      throw asTyped(act, error);
    });
  });
}

/** A JSON Schema, for as much of it as is asked. */
interface Described {
  readonly description?: string;
  readonly type?: unknown;
  readonly items?: Described;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[];
}

const isList = ({ type }: Described): boolean => type === 'array';

/** How one of a list of things is written: `relation=…,decision=…`. */
const fieldsOf = ({ items }: Described): string =>
  Object.keys(items?.properties ?? {})
    .map((field) => `${field}=…`)
    .join(',');

async function record(act: Act, reference: string, said: object, options: ActOptions): Promise<void> {
  const body = requireInput(act.body, taken(readAs(act, said)));
  await withRegistre(async (_, environment, bus) => {
    const author = authorOf(options, environment);
    const { handled, empreinte, ...done } = await bus.record({
      what: 'act',
      act,
      body,
      reference,
      asker: { commandId: randomUUID(), author, keyed: false },
    });
    const ecartes = ecartesDe(handled);
    if (options.json)
      printJson({
        reference: done.reference,
        position: handled.position,
        evenements: handled.recorded,
        ...(ecartes.length > 0 && { ecartes }),
        ...(empreinte !== undefined && { empreinte }),
      });
    else
      print(
        [
          ...handled.recorded.filter(({ metadata }) => !metadata.corrects).map(sentenceOf),
          ...avec(handled.recorded.filter(({ metadata }) => metadata.corrects).length),
          ...ecartes.map(({ reference: sans, message }) => `Sans suite pour ${sans} : ${message}`),
          ...(act.doubts?.(body) ?? []).map((doute) => `À vérifier : ${doute}`),
          ...empreinteEnClair(empreinte),
        ].join('\n'),
      );
  });
}

/** What the act brought along to its own day. */
const avec = (count: number): string[] =>
  count === 0 ? [] : [`Avec ce qui l’accompagne, vrai du même jour : ${compte(count, 'fait')}.`];

/** What is wrong, by the name under which it was typed. */
function asTyped({ main, named }: Act, error: unknown): unknown {
  if (!(error instanceof InvalidInput)) return error;
  return new InvalidInput(
    error.issues.map(({ path, ...issue }) => {
      const [, field = path, rest = ''] = /^(\w+)(.*)$/s.exec(path) ?? [];
      return { ...issue, path: field === main || field === named ? `<${path}>` : `--${kebab(field)}${rest}` };
    }),
  );
}

/** What was typed: as it stands where the field takes it so, else as JSON. */
function readAs({ body }: Act, said: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(said).flatMap(([field, value]) => {
      if (value === undefined) return [];
      const schema = body.shape[field]!;
      if (parseInput(schema, value).success) return [[field, value]];
      const parsed = Array.isArray(value) ? value.map((one) => asFields(one) ?? asJson(one)) : asJson(value);
      return [[field, parseInput(schema, parsed).success ? parsed : value]];
    }),
  );
}

/** `relation=remplace,decision=apogee-rof/1/D1` */
function asFields(text: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof text !== 'string' || !/^\w+=/.test(text)) return undefined;
  return Object.fromEntries(
    text.split(/,(?=\w+=)/).map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** JSON where it is some, and text where it is none. */
export function asJson(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' && !Number.isSafeInteger(value) ? new SourceNumber(text) : value;
  } catch {
    return text;
  }
}
