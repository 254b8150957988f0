import type { Next, RunView } from '../shape/answer.ts';
import { callsAfter } from './next-calls.ts';

/** The next calls of several runs; before those of a failed one the check that would find what it was likely about. */
export async function callsAfterAll(runs: readonly RunView[], dir: string | undefined, cwd: string): Promise<Next[]> {
  const calls = await Promise.all(runs.map(async (run) => [...(await checkOf(run, cwd)), ...callsAfter(run, dir)]));
  return calls.flat();
}

/** Loaded for a failure alone. */
async function checkOf({ outcome, tail = '', exitCode, command, cwd }: RunView, asker: string): Promise<Next[]> {
  if (outcome !== 'failed' || tail === '') return [];
  const { likelyCause } = await import('@pm/preflight/diagnose');
  const cause = likelyCause(tail, { exitCode, command });
  if (cause === undefined) return [];
  const place = cwd === undefined || cwd === asker ? {} : { cwd };
  return [{ operation: 'preflight', input: { check: [cause.spec], ...place }, why: `likely: ${cause.why}` }];
}
