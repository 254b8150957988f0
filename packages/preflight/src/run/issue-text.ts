import type * as z from 'zod/mini';

/** What a schema found wrong with a check's options, in words: zod/mini brings none, `Invalid input` stands for all it would have said. */
export function issueText(issue: z.core.$ZodIssue): string {
  const place = issue.path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return [place, problemOf(issue)].filter(Boolean).join(' ');
}

function problemOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `has no ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
  if (issue.message !== 'Invalid input') return issue.message;
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'is missing';
    return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected === 'record' ? 'object' : issue.expected}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(' ')}`;
  if (issue.code === 'too_small') return issue.minimum === 1 ? 'is empty' : `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  return 'is not accepted';
}
