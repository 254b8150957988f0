import type { Next } from '@pm/operations';
import { toolFor } from './tools.ts';

/** The next call worth making, as a model makes it. */
export interface NextToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly why: string;
}

/** Those next calls that there is a tool for. */
export function nextToolCalls(next: readonly Next[]): NextToolCall[] {
  return next.flatMap(({ operation, input, why }) => {
    const call = toolFor(operation, input);
    return call === undefined ? [] : [{ ...call, why }];
  });
}

/** `next: wait_run {"steps":["train"]} (learn how it ends)` */
export function nextCallLine({ tool, arguments: input, why }: NextToolCall): string {
  return `next: ${tool} ${JSON.stringify(input)}${why === '' ? '' : ` (${why})`}`;
}

/** A sentence of an operation in the words of a tool's caller: `--hard-timeout` is a field, `pm extend` a tool. */
export function inToolTerms(sentence: string): string {
  return sentence
    .replace(/--([a-z]+(?:-[a-z]+)*)/g, (_, flag: string) =>
      flag.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase()),
    )
    .replace(/ \(pm init [^)]*\)/g, '') // there is no tool that writes files
    .replace(/\bpm start (\S+) -- ([\w. ]+)/g, (_, step: string, words: string) => {
      return `start_run ${JSON.stringify({ step, command: words.trim().split(' ') })}`;
    })
    .replace(/\bpm help ([a-z]+)\b/g, (words, verb: string) => {
      const offered = toolFor(verb);
      return offered === undefined ? words : `the description of ${offered.tool}`;
    })
    .replace(/\bpm ([a-z]+)\b/g, (words, verb: string) => toolFor(verb)?.tool ?? words);
}
