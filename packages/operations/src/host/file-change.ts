import type { HostChange } from '../shape/init-answer.ts';
import { textOf } from './byte-text.ts';

/** A file, what it has now and what it is to have; one character for each byte. */
export interface Edit {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Why something in it stays as it is. */
  readonly why?: string;
}

/** The lines that differ, and where the first of them is. */
export function changeOf({ file, before, after, why }: Edit): HostChange {
  const [old, young] = [linesIn(before), linesIn(after)];
  let start = 0;
  while (start < Math.min(old.length, young.length) && old[start] === young[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, young.length) - start && old.at(-1 - end) === young.at(-1 - end)) end++;
  const action =
    before === after ? 'keep' : before === undefined ? 'create' : after === undefined ? 'delete' : 'change';
  return {
    file,
    action,
    ...(action !== 'keep' && {
      line: start + 1,
      removed: old.slice(start, old.length - end),
      added: young.slice(start, young.length - end),
    }),
    ...(why !== undefined && { why }),
  };
}

function linesIn(text: string | undefined): string[] {
  return text === undefined
    ? []
    : textOf(text)
        .replace(/\r?\n$/, '')
        .split(/\r?\n/);
}
