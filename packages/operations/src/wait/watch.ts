import { hasQueued } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { withNews } from '../elsewhere/news-follower.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { findRun } from '../runs/find-run.ts';
import type { RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import { stepName } from '../shape/step-name.ts';
import { transitions } from './transitions.ts';

export const watch = operation({
  name: 'watch',
  summary: 'Print every change of the runs as it happens, one line each, including runs that start later.',
  input: z.strictObject({
    steps: describe('Steps to watch. Default: all.', z.optional(z.array(stepName))),
    dir,
    untilIdle: flag('Stop watching when no run is live any more.'),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const names = input.steps ?? [];
    const steps =
      names.length === 0 ? undefined : names.map((name) => (hasQueued(where, name) ? name : findRun(where, name).step));
    const live = new Map<string, RunView>();
    const { signal } = context;
    const tell = async (): Promise<void> => {
      for await (const transition of transitions(where, {
        signal,
        by: BY,
        env: context.env,
        steps,
        untilIdle: input.untilIdle,
      })) {
        const { change, run } = transition;
        if (change === 'live') ensureResident(where, context);
        if (isLive(run)) live.set(run.id ?? run.step, run);
        else live.delete(run.id ?? run.step);
        await context.report?.({ type: 'transition', ...transition });
      }
    };
    await withNews(where, tell);
    return { runs: [...live.values()], next: [] };
  },
});

const BY = `pm watch ${process.pid}`;
