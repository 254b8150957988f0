/** An issue of zod, as much of it as is read here: zod itself is not loaded. */
export interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly expected?: string;
  readonly values?: readonly unknown[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly origin?: string;
}

/**
 * What is wrong with a value, as the rest of a sentence that begins with the value's name: `must be one of a, b`, `is missing`,
 * `has an unknown key "chekcs"`. A message of the schema's own is taken as it is.
 * The value itself is not in the sentence, because it may be secret.
 * @param input the whole value that was refused; with it, what is missing is called missing
 */
export function describeIssue(issue: Issue, input?: unknown): string {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys ?? []);
  if (input !== undefined && issueValue(issue, input) === undefined) return 'is missing';
  return issue.message === '' || BUILT_IN_MESSAGE.test(issue.message) ? problemOf(issue) : issue.message;
}

/** Where in a value the issue is: `steps.train.command[0]`; empty for the value itself. */
export function issuePath({ path }: Pick<Issue, 'path'>): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** The value that an issue is about: own properties only, `toString` of an object that lacks the key is no value. */
export function issueValue({ path }: Pick<Issue, 'path'>, input: unknown): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      Object.hasOwn(Object(value), key) ? (Object(value) as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** zod/mini says `Invalid input` of everything. Where another package has loaded zod's English, its sentences begin like this. */
const BUILT_IN_MESSAGE = /^(?:Invalid|Unrecognized|Too (?:small|big))\b/;

function problemOf(issue: Issue): string {
  const { expected = '', values = [] } = issue;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[expected] ?? `${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`}`;
    case 'invalid_value':
      return values.length === 1 ? `must be ${String(values[0])}` : `must be one of ${values.join(', ')}`;
    case 'invalid_format':
      return 'has the wrong format';
    case 'too_small':
      return atLeast(issue);
    case 'too_big':
      return `must ${issue.origin === 'array' ? 'have' : 'be'} at most ${issue.maximum}${unitOf(issue)}`;
    default:
      return 'is not valid';
  }
}

const TYPES: Readonly<Record<string, string>> = { int: 'a whole number', record: 'an object', nan: 'a number' };

function atLeast(issue: Issue): string {
  if (issue.origin !== 'number' && issue.minimum === 1) return 'must not be empty';
  return `must ${issue.origin === 'array' ? 'have' : 'be'} at least ${issue.minimum}${unitOf(issue)}`;
}

function unitOf({ origin }: Issue): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

function unknownKeys(keys: readonly string[]): string {
  const names = keys.map((key) => JSON.stringify(key)).join(', ');
  return keys.length === 1 ? `has an unknown key ${names}` : `has unknown keys ${names}`;
}
