import { type Context, operations } from '@pm/operations';

/**
 * The current name of a run: `train` while it is the newest of its step, `train~1` later. Operations take names, but a task or a cursor means
 * one run for ever.
 * @returns undefined if the records of the run were deleted
 * @throws PmError as `ls` does
 */
export async function runReference(
  { step, id, dir }: { readonly step: string; readonly id: string; readonly dir?: string | undefined },
  context: Context,
): Promise<string | undefined> {
  const ls = await operations.ls();
  const { runs } = await ls.run({ step, dir, limit: 100_000 }, { ...context, answered: () => {} });
  const run = runs.find((candidate) => candidate.id === id);
  return run === undefined ? undefined : run.back === undefined ? step : `${step}~${run.back}`;
}
