import type { Answer } from '@pm/operations';
import { isVerb, positionalsOf, VERBS, type VerbForm } from '../call/verbs.ts';
import { plain } from '../text/plain-text.ts';
import { kebab, quote } from '../text/shell-words.ts';

type Next = Pick<Answer['next'][number], 'operation' | 'input'>;

/** A suggested call as the user can type it in a shell. */
export function nextCall({ operation, input }: Next, invocation: string): string {
  const form: Partial<VerbForm> = isVerb(operation) ? VERBS[operation] : {};
  const { afterDashes = '' } = form;
  const positionals = positionalsOf(form);
  const flags = Object.entries(input).filter(([field]) => !positionals.includes(field) && field !== afterDashes);
  const command = wordsOf(input[afterDashes]);
  const words = [
    ...positionals.flatMap((field) => wordsOf(input[field])),
    ...flags.flatMap(([field, value]) => flagWords(kebab(field), value)),
    ...(command.length > 0 ? ['--', ...command] : []),
  ];
  return [invocation, operation, ...words.map((word) => quote(plain(word)))].join(' ');
}

function flagWords(name: string, value: unknown): string[] {
  if (value === true) return [`--${name}`];
  if (value === false) return [`--no-${name}`];
  if (value === null) return [`--${name}`, 'none'];
  return wordsOf(value).flatMap((word) => (word.startsWith('-') ? [`--${name}=${word}`] : [`--${name}`, word]));
}

function wordsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
