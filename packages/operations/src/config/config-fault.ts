import { PmError } from '@pm/protocol';
import type * as z from 'zod/mini';
import { keysAt } from './config.ts';

/** The fault of a configuration file: where it is, the place inside it, what is wrong there, what to do. */
export function configFault(file: string, place: string, problem: string, next: string): PmError {
  return new PmError('usage', `${file}: ${[place, problem].filter(Boolean).join(' ')}.`, next);
}

/** The first thing that the schema found wrong, told so that one can mend it. */
export function faultOfIssue(file: string, issue: z.core.$ZodIssue, given: unknown): PmError {
  const mend = 'Mend the file; pm start --help says what each option takes.';
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = `Known here: ${keysAt(issue.path).join(', ')}. Take it out, or use a newer pm if that knows it.`;
      const [key = ''] = issue.keys;
      return configFault(file, placeOf(issue.path), `has no ${JSON.stringify(key)}`, known);
    }
    case 'invalid_key':
      return configFault(
        file,
        placeOf(issue.path),
        'is no name of a step: 1 to 64 letters, digits, dots, dashes or underscores',
        'Rename it.',
      );
    default: {
      const value = shown(valueAt(given, issue.path));
      return configFault(file, placeOf(issue.path), `${messageOf(issue)}${value}`, mend);
    }
  }
}

/** `steps.train.command[0]`; the file itself has no name of its own. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place.replace(/^\./, '');
}

/** zod/mini brings no sentences of its own: `Invalid input` stands for all it would have said, and begins what it says where a frontend loads zod. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.code === 'invalid_type')
    return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected === 'record' ? 'object' : issue.expected}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(' ')}`;
  return 'is not accepted';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => Object.entries(Object(inner)).find(([name]) => name === String(key))?.[1],
    value,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return ', and is missing';
  return value !== null && typeof value === 'object' ? '' : `, not ${JSON.stringify(value).slice(0, 80)}`;
}
