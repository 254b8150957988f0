import type { Queue } from '@pm/queue';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { openQueue } from '../queue/open-queue.ts';
import { queueFolderOf, queueOfBatch } from '../queue/queue-folder.ts';
import { settingsOf } from '../queue/queue-names.ts';
import { batchOfFile, newBatchId, writeBatch } from './batch-folder.ts';
import type { BatchLine } from './batch-lines.ts';
import type { Job } from './conduct/conduct.ts';
import { type KnownLine, knownLines } from './known-lines.ts';
import { type BatchPlan, usage } from './plan-batch.ts';
import { type ResultLine, readResults, resultOf, writeResults } from './results-file.ts';
import { resumeCall } from './resume-call.ts';
import { nameSteps } from './step-names.ts';

/** A batch before its next line is put in line. */
export interface OpenBatch {
  readonly id: string;
  readonly dir: string;
  readonly plan: BatchPlan;
  readonly lines: readonly BatchLine[];
  /** The step of each line, by key. */
  readonly steps: ReadonlyMap<string, string>;
  /** The lines that have still to be started, in order. */
  readonly toStart: readonly BatchLine[];
  /** The lines that run or wait already. */
  readonly adopted: readonly Job[];
  /** How many lines succeeded before. */
  readonly before: number;
  readonly queue: Queue;
  readonly queueRef: { readonly name: string; readonly folder: string };
  readonly slots: number;
}

interface Opening {
  readonly plan: BatchPlan;
  readonly lines: readonly BatchLine[];
  readonly dir: string;
  readonly config: Config | undefined;
  readonly input: {
    readonly queue?: string | undefined;
    readonly slots?: number | undefined;
    readonly resume?: boolean | undefined;
    readonly again?: boolean | undefined;
    readonly dir?: string | undefined;
  };
}

// Why: contributing/decisions/2026-11-29-a-batch-keeps-a-window-in-line.md
/**
 * Finds out which lines have succeeded, run or wait already, and puts the batch on record. The records of the runs are the truth: the file
 * of results is completed from them. Only runs whose records were deleted are known by that file alone.
 * @throws PmError `usage` if there are results and the call does not say what to do with them
 */
export async function openBatch(opening: Opening, context: Context): Promise<OpenBatch> {
  const { plan, lines, dir, config, input } = opening;
  const { name, file, out, cwd, command, record } = plan;
  const results = readResults(out);
  if (input.resume !== true && input.again !== true && (record !== undefined || results.size > 0)) {
    const earlier = record === undefined ? (batchOfFile(dir, file) ?? name) : name;
    throw usage(
      `the batch ${earlier} has run before, with ${results.size} results in ${out}`,
      `${resumeCall(file, earlier, context.cwd, input.dir)}; with --again instead, all lines are started again`,
    );
  }
  const known = record === undefined ? new Map<string, KnownLine>() : await knownLines(dir, name, record.id);
  const isAgain = input.again === true;
  const live = [...known.values()].filter(({ kind }) => kind === 'live');
  if (isAgain && live.length > 0)
    throw usage(
      `${live.length} runs of the batch ${name} wait or run, such as ${live[0]?.step}`,
      '--resume waits for them; pm stop ends them',
    );
  const id = isAgain ? newBatchId() : (record?.id ?? newBatchId());
  const kept = new Map<string, ResultLine>();
  const adopted: Job[] = [];
  const keys = new Set(lines.map(({ key }) => key));
  if (!isAgain) {
    for (const result of results.values()) if (result.outcome === 'success') kept.set(result.key, result);
    for (const [key, line] of known) {
      if (line.kind === 'live' && keys.has(key)) adopted.push({ key, step: line.step, id: line.id });
      if (line.kind === 'ended' && line.outcome.outcome === 'success')
        kept.set(key, resultOf(key, line.step, line.id, line.outcome));
    }
  }
  const knownSteps = new Map([...kept.values()].map(({ key, step }) => [key, step]));
  for (const [key, { step }] of known) knownSteps.set(key, step);
  const adoptedKeys = new Set(adopted.map(({ key }) => key));
  const queueRef = queueOf(opening, context);
  const queue = openQueue(queueRef.folder, dir);
  const settings = { ...settingsOf(queueRef.name, config), ...(input.slots !== undefined && { slots: input.slots }) };
  if (Object.keys(settings).length > 0) await queue.configure(settings);
  writeResults(out, kept.values());
  writeBatch(dir, name, {
    v: 1,
    id,
    file,
    cwd,
    out,
    queue: queueRef,
    ...(command !== undefined && { command: [...command] }),
  });
  return {
    id,
    dir,
    plan,
    lines,
    steps: nameSteps(name, lines, knownSteps),
    toStart: lines.filter(({ key }) => !kept.has(key) && !adoptedKeys.has(key)),
    adopted,
    before: lines.filter(({ key }) => kept.has(key)).length,
    queue,
    queueRef,
    slots: (await queue.list(0)).settings.slots,
  };

  function queueOf({ input: asked }: Opening, { env }: Context): { name: string; folder: string } {
    if (asked.queue !== undefined)
      return { name: asked.queue, folder: queueFolderOf(asked.queue, config, dir, { env }) };
    if (input.resume === true && record !== undefined) return record.queue;
    return queueOfBatch(name, dir);
  }
}
