import type { OperationName } from '@pm/operations';
import { EXAMPLES } from '../call/examples.ts';
import { positionalsOf, VERBS, type VerbForm } from '../call/verbs.ts';
import { type Flag, flagsOf } from '../parse/flags.ts';
import { inside, type Schema } from '../parse/schema.ts';
import { columns, wrap } from '../text/columns.ts';

const EXIT_CODE_NOTES: Partial<Readonly<Record<OperationName, string>>> = {
  run: 'the exit code of the command',
  wait: 'the exit code of the command',
  start: '0 once the run has begun; with --wait the exit code of the command',
};

/** The help page of one verb, made from its operation. */
export function verbText(
  verb: OperationName,
  { summary, input }: { summary: string; input: Schema },
  describe: Describe,
): string {
  const { usage, words, options } = synopsisOf(verb, input, describe);
  const ends = EXIT_CODE_NOTES[verb];
  const lines = [
    ...wrap(`pm ${verb}: ${summary}`, 80),
    '',
    `usage: ${usage}`,
    '',
    ...columns(words, 10),
    ...(words.length > 0 ? [''] : []),
    'options:',
    ...columns([...options, ...OWN], 21),
    '',
    'examples:',
    ...EXAMPLES[verb].flatMap(([call, what]) => [`  ${call}`, `      ${what}`]),
    ...(ends === undefined ? [] : ['', ...wrap(`exit code: ${ends}; pm --help lists pm's own codes.`, 80)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** How a verb is called: its usage line, and a row for each positional argument and each option. */
export function synopsisOf(verb: OperationName, input: Schema, describe: Describe): Synopsis {
  const form = VERBS[verb];
  const flags = flagsOf(input);
  const positionals = positionalsOf(form).flatMap((name) => flags.filter(({ field }) => field === name));
  const command = flags.find(({ field }) => field === form.afterDashes);
  const rowOf = (name: string, { schema }: Flag): Row => [name, descriptionOf(schema, describe)];
  return {
    usage: ['pm', verb, ...positionals.map(bareWord), '[options]', command && dashed(command)]
      .filter(Boolean)
      .join(' '),
    words: [...positionals, ...(command === undefined ? [] : [command])].map((flag) => rowOf(nameOf(flag), flag)),
    options: flags
      .filter((flag) => !positionals.includes(flag) && flag !== command)
      .map((flag) => rowOf(spelling(flag, form), flag)),
  };
}

type Row = readonly [name: string, description: string];

/** How a verb is called, and what each word of the call means. */
export interface Synopsis {
  readonly usage: string;
  readonly words: readonly Row[];
  readonly options: readonly Row[];
}

const OWN: readonly (readonly [string, string])[] = [
  ['--json', 'Print the answer as one line of JSON.'],
  ['-h, --help', 'Show this page.'],
];

function bareWord(flag: Flag): string {
  return flag.required ? `<${nameOf(flag)}>` : `[${nameOf(flag)}]`;
}

function dashed({ required }: Flag): string {
  return required ? '-- command…' : '[-- command…]';
}

function nameOf({ name, kind }: Flag): string {
  return kind === 'texts' ? `${name.replace(/s$/, '')}…` : name;
}

function spelling({ field, name, kind, choices }: Flag, { short }: VerbForm): string {
  const letter = short?.[field] === undefined ? '' : `-${short[field]}, `;
  if (kind === 'switch') return `${letter}--${name}${choices.length > 0 ? ` [${choices.join('|')}]` : ''}`;
  if (kind === 'choice') return `${letter}--${name} ${choices.join('|')}`;
  return `${letter}--${name} ${kind === 'number' ? '<n>' : '<value>'}`;
}

/** Reads the description of one schema. The operations own the text. */
export type Describe = (schema: Schema) => string | undefined;

/** The description of a field: on the outermost schema that has one, else on an inner schema or on the elements of an array. */
export function descriptionOf(schema: Schema, describe: Describe): string {
  const described = describe(schema);
  if (described !== undefined) return described;
  const inner = inside(schema) ?? schema._zod.def.element;
  return inner === undefined ? '' : descriptionOf(inner, describe);
}
