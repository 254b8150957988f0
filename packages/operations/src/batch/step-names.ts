import { basename } from 'node:path';
import { isStepName } from '@pm/protocol';
import type { BatchLine } from './batch-lines.ts';

/** The longest name of a batch, in characters. It leaves room for the number of a line: a step has at most 64. */
export const LONGEST_NAME = 50;

/** The name of a batch: that of its file, without what a step name cannot have. */
export function batchNameOf(file: string): string {
  const name = basename(file)
    .replace(/\.[A-Za-z0-9]+$/, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, LONGEST_NAME);
  return isStepName(name) ? name : 'batch';
}

/**
 * The step of each line, by key: `sweep-lr0.1` if its key can be in a name, else `sweep-7` for the seventh line. A line that has run keeps
 * its step, wherever it stands in the file now. Pure.
 * @param known the steps of lines that have run
 */
export function nameSteps(
  batch: string,
  lines: readonly BatchLine[],
  known: ReadonlyMap<string, string>,
): Map<string, string> {
  const names = new Map(known);
  const taken = new Set(known.values());
  const take = (key: string, step: string): void => {
    names.set(key, step);
    taken.add(step);
  };
  for (const { key, isKeyGiven } of lines) {
    const step = `${batch}-${key}`;
    if (isKeyGiven && !names.has(key) && isStepName(step) && !taken.has(step)) take(key, step);
  }
  lines.forEach(({ key }, i) => {
    let number = i + 1;
    while (!names.has(key)) {
      const step = `${batch}-${number}`;
      if (!taken.has(step)) take(key, step);
      number += lines.length;
    }
  });
  return names;
}
