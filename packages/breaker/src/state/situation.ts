import * as z from 'zod/mini';

const hash = z.string().check(z.maxLength(128));

/** What could have caused a failure, as hashes. Equal hashes mean that nothing visible has changed. */
export const Situation = z.looseObject({
  /** Hash of the command and its working directory; absent if there is no command, as for a script. */
  call: z.optional(hash),
  /** Hash of HEAD and all differences from it; absent without git, or if git did not answer in time. */
  tree: z.optional(hash),
  /** The same without untracked files, if git took too long to look for them. */
  tracked: z.optional(hash),
  /** Hash of the findings of the checks; absent if none ran. */
  findings: z.optional(hash),
});
export type Situation = z.infer<typeof Situation>;

/**
 * Whether something has changed since. Pure. A hash that only one of the two has is not compared. Commands are compared only within one
 * step: two steps that share a breaker have different commands, and that is no change.
 */
export function hasChanged(before: Situation | undefined, now: Situation | undefined, isSameStep: boolean): boolean {
  if (before === undefined || now === undefined) return false;
  const differs = (a: string | undefined, b: string | undefined): boolean => areBoth(a, b) && a !== b;
  return (
    differs(before.tree, now.tree) ||
    differs(before.tracked, now.tracked) ||
    differs(before.findings, now.findings) ||
    (isSameStep && differs(before.call, now.call))
  );
}

/** Whether both have a hash of the files, taken in the same way. Pure. */
export function areComparable(before: Situation | undefined, now: Situation | undefined): boolean {
  return areBoth(before?.tree, now?.tree) || areBoth(before?.tracked, now?.tracked);
}

/** Whether the files or findings have changed between two situations; undefined if the files cannot be compared. Pure. */
export function changeBetween(before: Situation | undefined, now: Situation | undefined): 'none' | 'some' | undefined {
  if (hasChanged(before, now, false)) return 'some';
  return areComparable(before, now) ? 'none' : undefined;
}

function areBoth(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined;
}
