import { toolFor } from './tools.ts';

/** A sentence of an operation in the words of a tool's caller: `--hard-timeout` is a field, `pm extend` a tool. */
export function inToolWords(sentence: string): string {
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
