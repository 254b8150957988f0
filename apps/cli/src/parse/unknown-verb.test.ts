import { expect, test } from 'vitest';
import { unknownVerb } from './unknown-verb.ts';

const PROGRAMS = new Set('rm cat top npm make'.split(' '));

test.each<[words: string, message: string, next: string]>([
  ['wat', 'did you mean watch?', 'pm watch'],
  ['ps', 'did you mean ls?', 'pm ls'],
  ['kill train', 'did you mean stop?', 'pm stop train'],
  ['cat train', 'did you mean logs?', 'pm logs train'],
  // A program of that name is not proposed: `pm start -- rm train` would delete a file.
  ['rm train', 'did you mean prune?', 'pm prune --dry-run'],
  ['delete train', 'did you mean prune?', 'pm prune --dry-run'],
  ['clean', 'did you mean prune?', 'pm prune --dry-run'],
  ['prun --keep 5', 'did you mean prune?', 'pm prune --keep 5'],
  ['restart train', 'stop the run, then start its command again', 'pm stop train'],
  ['restart', 'stop the run, then start its command again', 'pm stop train'],
  ['npm test', 'a command is started with pm start', 'pm start -- npm test'],
  ['-v', 'write options after the verb', 'pm --help'],
  ['constructor', 'the verbs are', 'pm --help'],
])('pm %s', (words, message, next) => {
  const [word = '', ...rest] = words.split(' ');
  const error = unknownVerb(word, rest, 'pm', (name) => PROGRAMS.has(name));
  expect(error).toMatchObject({ message: expect.stringContaining(message), next });
});
