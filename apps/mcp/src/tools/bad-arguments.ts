import type { ToolName } from './tools.ts';

interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly values?: readonly unknown[];
}

/** The fault of arguments that an operation does not accept: where, what is wrong there, and what to do. */
export function badArguments(name: ToolName, issue: Issue | undefined): Error {
  const field = issue?.path.map(String).join('.') ?? '';
  const where = field === '' ? name : `${name}: ${field}`;
  return fault(
    `${where} ${issue === undefined ? 'is not understood' : messageOf(issue)}`,
    'mend the argument, and call it again',
  );
}

/** An error with a code and a next step, as operations throw them. */
export function fault(message: string, next: string): Error {
  return Object.assign(new Error(message), { code: 'usage', next });
}

/** What the schemas say themselves comes first; zod's own sentences, which the SDK brings in, start with `Invalid`. */
function messageOf({ code, message, keys = [], expected, values = [] }: Issue): string {
  if (code === 'unrecognized_keys') return `has no argument ${keys.join(', ')}`;
  if (!message.startsWith('Invalid ')) return message;
  if (code === 'invalid_type') return `must be ${expected === 'array' ? 'a list' : `a ${expected}`}`;
  return code === 'invalid_value' ? `must be one of ${values.join(' ')}` : 'is not accepted';
}
