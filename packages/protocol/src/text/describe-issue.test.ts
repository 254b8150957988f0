import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { describeIssue, type Issue, issuePath, issueValue } from './describe-issue.ts';

const Sample = z.strictObject({
  name: z.string().check(z.minLength(1)),
  short: z.optional(z.string().check(z.maxLength(3))),
  count: z.optional(z.int().check(z.gte(1), z.lte(9))),
  words: z.optional(z.array(z.string()).check(z.minLength(1))),
  pair: z.optional(z.array(z.string()).check(z.minLength(2), z.maxLength(2))),
  color: z.optional(z.enum(['red', 'blue'])),
  yes: z.optional(z.literal(true)),
  table: z.optional(z.record(z.string(), z.string())),
  code: z.optional(z.string().check(z.regex(/^\d+$/))),
  age: z.optional(z.string().check(z.regex(/^\d+$/, 'must be a number of days'))),
  either: z.optional(z.union([z.string(), z.number()])),
});

test.each<[object, string]>([
  [{}, 'name is missing'],
  [{ name: '' }, 'name must not be empty'],
  [{ name: 3 }, 'name must be a string'],
  [{ name: null }, 'name must be a string'],
  [{ name: {} }, 'name must be a string'],
  [{ name: 'a', short: 'long' }, 'short must be at most 3 characters'],
  [{ name: 'a', count: 0.5 }, 'count must be a whole number'],
  [{ name: 'a', count: 0 }, 'count must be at least 1'],
  [{ name: 'a', count: 10 }, 'count must be at most 9'],
  [{ name: 'a', words: [] }, 'words must not be empty'],
  [{ name: 'a', words: ['b', 2] }, 'words[1] must be a string'],
  [{ name: 'a', words: 'b' }, 'words must be an array'],
  [{ name: 'a', pair: ['b'] }, 'pair must have at least 2 items'],
  [{ name: 'a', pair: ['b', 'c', 'd'] }, 'pair must have at most 2 items'],
  [{ name: 'a', color: 'green' }, 'color must be one of red, blue'],
  [{ name: 'a', yes: false }, 'yes must be true'],
  [{ name: 'a', table: 1 }, 'table must be an object'],
  [{ name: 'a', table: { b: 1 } }, 'table.b must be a string'],
  [{ name: 'a', code: 'x' }, 'code has the wrong format'],
  [{ name: 'a', age: 'x' }, 'age must be a number of days'],
  [{ name: 'a', either: true }, 'either is not valid'],
  [{ name: 'a', nmae: 1 }, 'has an unknown key "nmae"'],
  [{ name: 'a', b: 1, c: 1 }, 'has unknown keys "b", "c"'],
])('%j %s', (input, sentence) => {
  const issue = issueOf(Sample.safeParse(input));
  expect([issuePath(issue), describeIssue(issue, input)].filter(Boolean).join(' ')).toBe(sentence);
});

test('without the input, nothing is called missing', () => {
  expect(describeIssue(issueOf(Sample.safeParse({})))).toBe('must be a string');
});

test('the value is no inherited property', () => {
  expect(issueValue({ path: ['toString'] }, {})).toBeUndefined();
  expect(issueValue({ path: ['words', 1] }, { words: ['b', 2] })).toBe(2);
});

test.each(['Invalid input: expected string, received number', 'Too small: expected string', 'Unrecognized key: "x"'])(
  'what zod says in English is replaced: %s',
  (message) => {
    expect(describeIssue({ code: 'invalid_type', expected: 'string', path: [], message })).toBe('must be a string');
  },
);

function issueOf(parsed: { success: boolean; error?: { issues: readonly Issue[] } }): Issue {
  const [issue] = parsed.error?.issues ?? [];
  if (issue === undefined) throw new Error('it was accepted');
  return issue;
}
