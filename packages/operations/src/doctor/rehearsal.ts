import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from '@pm/monitor';
import { type Identity, identify, isAlive, type Life, lifeOf, signalIfSame } from '@pm/process';
import type { OutcomeRecord, RunRecord } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import type { SpawnWrapper } from '@pm/wrapper';
import { assetPath } from '../assets.ts';
import type { TestBed } from './test-bed.ts';

/** The exit code of the test job. No other failure has it. */
export const EXIT_CODE = 37;

/** What was observed when the starter of a run was killed and the run continued to its end. */
export interface Rehearsal {
  /** Wrapper and command were alive after the death of the starter. */
  readonly outlived: boolean;
  /** Undefined if it did not end in time. */
  readonly outcome: OutcomeRecord | undefined;
  /** The time from the record of the exit to the report of the watcher, ms. The former is exact to about 4 ms. */
  readonly reportedAfterMs: number;
  /** The state of the wrapper, an orphan, one second after its end. */
  readonly wrapper: Life;
}

/** Starts a run from a separate process, kills that process with SIGKILL, lets the run end, and watches it. */
export async function rehearse(place: TestBed, signal: AbortSignal): Promise<Rehearsal> {
  let starter: Identity | undefined;
  const through: SpawnWrapper = (shell, args, { cwd, env, stdio }) => {
    const child = spawn(process.execPath, [assetPath('assets/starter.mjs'), shell, ...args], {
      cwd,
      env,
      stdio: [...stdio],
    });
    child.unref();
    starter = identify(child.pid ?? 0);
    return child;
  };
  const cue = join(place.folder, 'cue');
  const argv = ['/bin/sh', assetPath('assets/until-cue.sh'), cue, String(EXIT_CODE)];
  const run = await place.start('rehearsal', argv, { spawn: through });
  if (starter === undefined || !signalIfSame(starter, 'SIGKILL'))
    throw new Error('the starter was gone before it could be killed');
  await until(() => starter === undefined || !isAlive(starter), 2_000);
  const { wrapper, command } = readRun(place.dir, run.id);
  const [writer, job] = [presentIn(wrapper), presentIn(command)];
  const outlived = writer !== undefined && job !== undefined && isAlive(writer) && isAlive(job);
  const { outcome, reportedAfterMs } = await ending(place.dir, run, () => writeFileSync(cue, ''), signal);
  if (writer !== undefined) await until(() => lifeOf(writer) === 'gone', 1_000);
  return { outlived, outcome, reportedAfterMs, wrapper: writer === undefined ? 'gone' : lifeOf(writer) };
}

async function ending(
  dir: string,
  run: RunRecord,
  letEnd: () => void,
  signal: AbortSignal,
): Promise<Pick<Rehearsal, 'outcome' | 'reportedAfterMs'>> {
  for await (const event of watch(dir, [run], { signal, by: `pm doctor ${process.pid}` })) {
    if (event.type === 'look') letEnd(); // only when it is being watched
    if (event.type === 'ended')
      return { outcome: event.outcome, reportedAfterMs: Math.max(Date.now() - event.outcome.endedAt, 0) };
  }
  return { outcome: undefined, reportedAfterMs: 0 };
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  for (const giveUpAt = performance.now() + withinMs; performance.now() < giveUpAt && !holds(); ) await sleep(10);
}
