import { parseArgs } from 'node:util';
import type { VerbForm } from '../call/verbs.ts';
import type { Flag } from './flags.ts';

/** A token of `parseArgs` of `node:util`. `index` is its place in the words that were parsed. */
export type Token =
  | { kind: 'positional'; index: number; value: string }
  | { kind: 'option-terminator'; index: number }
  | { kind: 'option'; index: number; name: string; rawName: string; value?: string; inlineValue?: boolean };

/** Splits the words of a call into tokens. Unknown options are tokens too: the caller reports them. */
export function tokensOf(argv: string[], flags: readonly Flag[], form: VerbForm): Token[] {
  const options: Record<string, { type: 'boolean' | 'string'; short?: string }> = { json: { type: 'boolean' } };
  for (const { field, name, kind } of flags) {
    const short = form.short?.[field];
    options[name] = { type: kind === 'switch' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) };
    if (kind === 'switch') options[`no-${name}`] = { type: 'boolean' };
  }
  // Not strict, because Node's error messages know nothing of our verbs and suggest no correction.
  const { tokens } = parseArgs({ args: argv, options, strict: false, tokens: true, allowPositionals: true });
  return withFollowers(tokens as Token[], flags);
}

/** `--stdin open`: the word after such a switch is its value if it is one of those that may follow it. */
function withFollowers(tokens: readonly Token[], flags: readonly Flag[]): Token[] {
  const joined: Token[] = [];
  for (const token of tokens) {
    const before = joined.at(-1);
    const isFollower =
      before?.kind === 'option' &&
      before.value === undefined &&
      token.kind === 'positional' &&
      token.index === before.index + 1 &&
      flags.some(
        ({ name, kind, choices }) => kind === 'switch' && name === before.name && choices.includes(token.value),
      );
    if (isFollower) joined.splice(-1, 1, { ...before, value: token.value });
    else joined.push(token);
  }
  return joined;
}
