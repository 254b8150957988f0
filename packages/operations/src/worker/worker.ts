import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { isStepName } from '@pm/protocol';
import { openDirectory } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { engineVariables, LEASE_MS, openEngine } from '../elsewhere/engine-of-queue.ts';
import { operation } from '../operation.ts';
import { noteStart } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { Label } from '../shape/start-fields.ts';
import type { WorkerHere } from './begin-entry.ts';
import { readPathMap } from './map-path.ts';
import { takeEntries } from './take-entries.ts';

/** The part of a lease that is kept for ending the run: this share, at most so many ms. */
const MARGIN = { share: 0.3, mostMs: 5_000 } as const;

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
export const worker = operation({
  name: 'worker',
  summary: 'Take runs from a queue with an engine and run them on this host, until it is told to stop.',
  input: z.strictObject({
    queue: describe(
      'Name of the queue. pm.config.json names its engine.',
      z.string().check(z.refine(isStepName, 'must be a name of a queue: up to 64 letters, digits, and . _ - inside')),
    ),
    slots: describe(
      'How many runs go at the same time on this host (default 1).',
      z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(1_000))),
    ),
    label: describe(
      'What this host has (repeatable): cuda, mem=64GiB. Entries may ask for it.',
      z.optional(z.array(Label).check(z.maxLength(100))),
    ),
    name: describe(
      'What this worker is called (default: the name of the host).',
      z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
    ),
    workdir: describe('The folder of the project on this host. Default: yours.', z.optional(z.string())),
    map: describe(
      'A folder of submitters and the same on this host (repeatable): /home/ann/app=/srv/app.',
      z.optional(z.array(z.string())),
    ),
    once: flag('End after one run.'),
    dir,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    openDirectory(where);
    noteStart(where);
    const config = await readConfig(where);
    const name = input.name ?? hostname();
    const labels = input.label ?? [];
    const leaseMs = config?.queues?.[input.queue]?.lease ?? LEASE_MS;
    const here: WorkerHere = {
      dir: where,
      queue: input.queue,
      reporter: { name, labels },
      workdir: resolve(context.cwd, input.workdir ?? '.'),
      maps: (input.map ?? []).map(readPathMap),
      hidden: engineVariables(config),
      leaseMs,
      marginMs: Math.min(leaseMs * MARGIN.share, MARGIN.mostMs),
    };
    const fleet = await openEngine(input.queue, where, { name, labels });
    await fleet.list(0); // says at once if the engine cannot be reached
    await fleet.recover(); // and if this host may not take from it, because its clock is wrong
    const { ended, total } = await takeEntries(
      fleet,
      here,
      { slots: input.slots ?? 1, once: input.once === true },
      context,
    );
    return { runs: [...ended], total, next: [] };
  },
});
