import type { OperationName } from '@pm/operations';
import { usageError } from '../call/cli-error.ts';
import { VERBS } from '../call/verbs.ts';
import { quote } from '../text/shell-words.ts';
import { didYouMean } from './did-you-mean.ts';
import type { IsProgram } from './missing-dashes.ts';

/** Words from other tools, and the verb that they mean here. */
const OTHER_WORDS: Readonly<Record<string, OperationName>> = {
  kill: 'stop',
  list: 'ls',
  ps: 'ls',
  show: 'status',
  tail: 'logs',
  exec: 'run',
};

/** The error for a first word that is no verb. */
export function unknownVerb(word: string, rest: readonly string[], invocation: string, isProgram: IsProgram): Error {
  const start = (command: readonly string[]): string => [invocation, 'start', '--', ...command.map(quote)].join(' ');
  if (word === '--' && rest.length > 0) return usageError('there is no verb before --', start(rest));
  if (word.startsWith('-')) {
    return usageError(`${word} comes before the verb; write options after the verb`, `${invocation} --help`);
  }
  const meant = OTHER_WORDS[word] ?? didYouMean(word, Object.keys(VERBS));
  if (meant === undefined && isProgram(word))
    return usageError(`there is no verb ${quote(word)}; a command is started with pm start`, start([word, ...rest]));
  if (meant === undefined) {
    return usageError(
      `there is no verb ${quote(word)}; the verbs are ${Object.keys(VERBS).join(' ')}`,
      `${invocation} --help`,
    );
  }
  const again = [invocation, meant, ...rest.map(quote)].join(' ');
  return usageError(`there is no verb ${quote(word)}; did you mean ${meant}?`, again);
}
