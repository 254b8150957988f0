import { type Context, operations } from '@pm/operations';

/**
 * The name under which a run answers now: `train` while it is the newest of its step, `train~1` later. Calls know names, and a wait
 * or a cursor means one run for ever.
 * @returns undefined if its records are gone
 * @throws PmError as `ls` does
 */
export async function runReference(
  { step, id, dir }: { readonly step: string; readonly id: string; readonly dir?: string | undefined },
  context: Context,
): Promise<string | undefined> {
  const ls = await operations.ls();
  const { runs } = await ls.run({ step, dir }, { ...context, answered: () => {} });
  const run = runs.find((candidate) => candidate.id === id);
  return run === undefined ? undefined : run.back === undefined ? step : `${step}~${run.back}`;
}
