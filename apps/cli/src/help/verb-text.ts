import type { OperationName } from '@pm/operations';
import { type Flag, flagsOf } from '../flags.ts';
import type { Schema } from '../schema.ts';
import { VERBS, type VerbForm } from '../verbs.ts';
import { columns, wrap } from './columns.ts';
import { type Describe, descriptionOf } from './description.ts';

const ENDS_LIKE_ITS_RUN: readonly OperationName[] = ['run', 'wait', 'start'];

/** All one needs to write one verb's call, from the operation itself. */
export function verbText(
  verb: OperationName,
  { summary, input }: { summary: string; input: Schema },
  describe: Describe,
): string {
  const form = VERBS[verb];
  const flags = flagsOf(input);
  const positional = flags.find(({ field }) => field === form.positional);
  const command = flags.find(({ field }) => field === form.afterDashes);
  const options = flags.filter((flag) => flag !== positional && flag !== command);
  const bare = [positional, command].filter((flag) => flag !== undefined);
  const lines = [
    ...wrap(`pm ${verb}: ${summary}`, 80),
    '',
    `usage: ${['pm', verb, positional && bareWord(positional), '[options]', command && dashed(command)].filter(Boolean).join(' ')}`,
    '',
    ...columns(
      bare.map((flag) => [nameOf(flag), descriptionOf(flag.schema, describe)] as const),
      10,
    ),
    '',
    'options:',
    ...columns(
      [...options.map((flag) => [spelling(flag, form), descriptionOf(flag.schema, describe)] as const), ...OWN],
      21,
    ),
    '',
    'examples:',
    ...form.examples.flatMap(([call, what]) => [`  ${call}`, `      ${what}`]),
    ...(ENDS_LIKE_ITS_RUN.includes(verb) ? ['', "exit status: that of the command; pm --help lists pm's own."] : []),
  ];
  return `${lines.join('\n')}\n`;
}

const OWN: readonly (readonly [string, string])[] = [
  ['--json', 'Answer with one line of JSON.'],
  ['-h, --help', 'This page.'],
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
  if (kind === 'switch') return `${letter}--${name}`;
  if (kind === 'choice') return `${letter}--${name} ${choices.join('|')}`;
  return `${letter}--${name} ${kind === 'number' ? '<n>' : '<value>'}`;
}
