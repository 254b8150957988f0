import type { OperationName } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { VERBS } from '../call/verbs.ts';
import { quote } from '../text/shell-words.ts';
import { didYouMean } from './did-you-mean.ts';
import { needsDryRun } from './meant-value.ts';
import type { IsProgram } from './missing-dashes.ts';

/** Words from other tools, and the verb that they mean here. */
const OTHER_WORDS: Readonly<Record<string, OperationName>> = {
  kill: 'stop',
  cancel: 'stop',
  abort: 'stop',
  terminate: 'stop',
  list: 'ls',
  ps: 'ls',
  jobs: 'ls',
  history: 'ls',
  show: 'status',
  info: 'status',
  inspect: 'status',
  describe: 'status',
  tail: 'logs',
  cat: 'logs',
  head: 'logs',
  less: 'logs',
  output: 'logs',
  exec: 'run',
  rm: 'prune',
  remove: 'prune',
  delete: 'prune',
  clean: 'prune',
  clear: 'prune',
  gc: 'prune',
};

/** The error for a first word that is no verb. */
export function unknownVerb(word: string, rest: readonly string[], invocation: string, isProgram: IsProgram): Error {
  const start = (command: readonly string[]): string => [invocation, 'start', '--', ...command.map(quote)].join(' ');
  if (word === '--' && rest.length > 0) return usageError('there is no verb before --', start(rest));
  if (word.startsWith('-')) {
    return usageError(`${word} comes before the verb; write options after the verb`, `${invocation} --help`);
  }
  if (word === 'restart') {
    const stop = [invocation, 'stop', ...(rest.length > 0 ? rest.map(quote) : ['train'])].join(' ');
    return usageError('there is no verb restart; stop the run, then start its command again', stop);
  }
  const meant =
    (Object.hasOwn(OTHER_WORDS, word) ? OTHER_WORDS[word] : undefined) ??
    didYouMean(word, [...Object.keys(VERBS), 'top', 'web', 'completion']);
  if (meant === undefined && isProgram(word))
    return usageError(`there is no verb ${quote(word)}; a command is started with pm start`, start([word, ...rest]));
  if (meant === undefined) {
    return usageError(
      `there is no verb ${quote(word)}; the verbs are ${Object.keys(VERBS).join(' ')}`,
      `${invocation} --help`,
    );
  }
  const isDryRun = Object.hasOwn(OTHER_WORDS, word) && needsDryRun(meant as OperationName); // `rm a`: `a` is no argument of prune
  const again = [invocation, meant, ...(isDryRun ? ['--dry-run'] : rest.map(quote))].join(' ');
  return usageError(`there is no verb ${quote(word)}; did you mean ${meant}?`, again);
}
