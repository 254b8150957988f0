import type { Next } from '@pm/operations';
import { toolFor } from './variants.ts';

/** A suggested next call of a tool. */
export interface NextToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** The suggested calls for which there is a tool. */
export function nextToolCalls(next: readonly Next[]): NextToolCall[] {
  return next.flatMap(({ operation, input, why }) => {
    const call = toolFor(operation, input);
    return call === undefined ? [] : [{ ...call, why }];
  });
}

/** `next: wait_run {"steps":["train"]} (wait until it ends)` */
export function nextCallLine({ tool, arguments: input, why }: NextToolCall): string {
  return `next: ${tool} ${JSON.stringify(input)}${why === '' ? '' : ` (${why})`}`;
}

/** Rewrites a sentence of an operation for a tool's caller: `--hard-timeout` becomes the field `hardTimeout`, `pm extend` the tool `extend_run`. */
export function inToolTerms(sentence: string): string {
  return sentence
    .replace(/ `pm ls --limit \d+` lists all\./g, ' ls_runs lists more.') // the tool has no such field
    .replace(
      /\bpm (stop|who) (?:--port )?(\d+)\b/g,
      (words, verb: string, port: string) => asCall(verb, { port: Number(port) }) ?? words,
    )
    .replace(/\bpm (up|down)\b/g, (words, verb: string) => asCall(verb, {}) ?? words)
    .replace(/\bpm ensure ([\w.-]*\w)/g, (words, step: string) => asCall('ensure', { step }) ?? words)
    .replace(/--([a-z]+(?:-[a-z]+)*)/g, (_, flag: string) =>
      flag.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase()),
    )
    .replace(/ \(pm init [^)]*\)/g, '') // no tool writes files
    .replace(/\bpm start (\S+) -- ([\w. ]+)/g, (_, step: string, words: string) => {
      return `start_run ${JSON.stringify({ step, command: words.trim().split(' ') })}`;
    })
    .replace(/\bpm help ([a-z]+)\b/g, (words, verb: string) => {
      const offered = toolFor(verb);
      return offered === undefined ? words : `the description of ${offered.tool}`;
    })
    .replace(/\bpm ([a-z]+)\b/g, (words, verb: string) => toolFor(verb)?.tool ?? words);
}

/** `stop_run {"all":true}` */
function asCall(operation: string, input: Readonly<Record<string, unknown>>): string | undefined {
  const call = toolFor(operation, input);
  return call && `${call.tool} ${JSON.stringify(call.arguments)}`;
}
