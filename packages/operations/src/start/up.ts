import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { isService } from '../config/policy-of.ts';
import { configFileOf, readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { type Ensured, ensureSet } from '../sets/ensure-set.ts';
import { whileHeld } from '../sets/holds.ts';
import { withNeeds } from '../sets/needs-of.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { budget, dir } from '../shape/fields.ts';
import { readiness } from '../shape/start-fields.ts';
import { ensureNeed } from './begin-run.ts';

// Why: contributing/decisions/2026-11-29-sets-of-services.md
export const up = operation({
  name: 'up',
  summary: 'Make sure that all services of pm.config.json are there and ready, each after those that it needs.',
  input: z.strictObject({ dir, readyTimeout: readiness.readyTimeout, budget }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const config = await readConfig(where, context.bounds);
    if (config === undefined) throw noConfig(configFileOf(where));
    const { steps = {}, defaults } = config;
    const services = Object.keys(steps).filter((step) => isService({ ...defaults, ...steps[step] }));
    if (services.length === 0) throw noServices(configFileOf(where));
    const order = withNeeds(steps, services, configFileOf(where));
    const untilMs = performance.now() + (input.budget ?? Number.POSITIVE_INFINITY);
    const all = order.map(({ step }) => step);
    const found = await whileHeld(where, all, context.signal, () =>
      ensureSet(order, (step, needs) =>
        ensureNeed(step, { needs, forNeeds: false }, input.dir, context, {
          ...(input.readyTimeout !== undefined && { readyTimeout: input.readyTimeout }),
          ...(input.budget !== undefined && { budget: Math.max(untilMs - performance.now(), 1) }),
        }),
      ),
    );
    return answerOf(found, input.dir);
  },
});

/** One answer about all services, in the order of their needs. */
function answerOf(found: ReadonlyMap<string, Ensured>, named: string | undefined): Answer {
  const all = [...found];
  const answers = all.flatMap(([, ensured]) => (ensured.kind === 'left-out' ? [] : [ensured.answer]));
  const failed = all.flatMap(([, ensured]) => (ensured.kind === 'failed' ? [ensured.answer] : []));
  const refusal = failed.find((answer) => answer.refusal !== undefined)?.refusal;
  const leftOut = all.flatMap(([step, ensured]) =>
    ensured.kind === 'left-out'
      ? [`${step} was not started, because ${ensured.for}, which it needs, is not ready`]
      : [],
  );
  const notes = [...new Set([...answers.flatMap((answer) => answer.notes ?? []), ...leftOut])];
  const place = named === undefined ? {} : { dir: named };
  const end: Next = { operation: 'down', input: { ...place }, why: 'stop all of them' };
  return {
    runs: answers.flatMap((answer) => answer.runs),
    ...(refusal !== undefined && { refusal }),
    ...(failed.some((answer) => answer.budgetOver === true) && { budgetOver: true }),
    ...(notes.length > 0 && { notes }),
    next: failed.length > 0 ? failed.flatMap((answer) => answer.next) : [end],
  };
}

function noConfig(file: string): PmError {
  return new PmError(
    'usage',
    `There is no ${file}, which would say what the services are.`,
    'Write one with a step such as "web": {"command": ["npm", "run", "dev"], "ready": ["tcp:3000"]} (pm init writes an example). A server without a file: pm ensure web --ready tcp:3000 -- npm run dev',
  );
}

function noServices(file: string): PmError {
  return new PmError(
    'usage',
    `${file} has no services.`,
    'A step with ready, with restart or with "service": true is one. pm start starts other steps.',
  );
}
