import * as z from 'zod/mini';

const hash = z.string().check(z.maxLength(128));

/** What could have caused a failure, as hashes: alike means that nothing has changed that anybody can see. */
export const Situation = z.looseObject({
  /** Of the command and its working directory; absent where there is no command (a script that asks). */
  call: z.optional(hash),
  /** Of HEAD and of what differs from it; absent without git, or where git did not answer in time. */
  tree: z.optional(hash),
  /** The same without untracked files, where git took too long to look for them. */
  tracked: z.optional(hash),
  /** Of what was found in the environment; absent where nobody looked. */
  findings: z.optional(hash),
});
export type Situation = z.infer<typeof Situation>;

/**
 * Whether something has changed since. Pure. What is known of one of the two only says nothing: without git there is just the cool-down.
 * Calls are compared within one step: two steps that share a breaker are two commands, and that is no change.
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

/** Whether the files of both are known, seen in the same way. Pure. */
export function areComparable(before: Situation | undefined, now: Situation | undefined): boolean {
  return areBoth(before?.tree, now?.tree) || areBoth(before?.tracked, now?.tracked);
}

function areBoth(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined;
}
