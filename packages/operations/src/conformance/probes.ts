import { identify, isAlive, scan, signalIfSame, startedAtMs } from '@pm/process';
import { decodePid } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import { type Begin, Missed, textIn, type WriterRun, writtenAtMs } from './writer.ts';

export const JOB_MISSING = 'the command did not begin';

/** A run whose command runs until the cue `go`, and then exits with the code. */
export async function running(begin: Begin, code: string, step = 'job'): Promise<WriterRun> {
  const run = begin('wait', [code], { step });
  await run.until(() => run.hasSeen('began'), JOB_MISSING);
  return run;
}

export function said({ flat }: WriterRun): string {
  const text = textIn(flat.status);
  return text === '' ? 'there is no .status' : `the .status says ${JSON.stringify(text.trim().slice(0, 80))}`;
}

export function expectStatus(run: WriterRun, status: string, expected: string): void {
  if (status !== expected) throw new Missed(said(run));
}

/** The process that the `.pid` names, if it is one of the run: the command, or what the command was started by. */
export function namedProcess(run: WriterRun): string {
  const reading = readRecord(run.flat.pid, decodePid);
  const pid = presentIn(reading);
  if (pid === undefined) throw new Missed(`it is ${JSON.stringify(textIn(run.flat.pid).slice(0, 80))}`);
  const identity = identify(pid);
  if (identity === undefined || !isAlive(identity)) throw new Missed(`${pid} is not alive`);
  if ((startedAtMs(identity) ?? 0) > writtenAtMs(run.flat.pid) + 1_000)
    throw new Missed(`${pid} began after the .pid was written`);
  const table = scan();
  for (let at = table.get(Number(run.textOf('began'))); at !== undefined; at = table.get(at.ppid))
    if (at.pid === pid) return `${pid} (${at.command})`;
  throw new Missed(`${pid} is neither the command nor one of its parents`);
}

export function signalPid(run: WriterRun): void {
  const identity = identify(presentIn(readRecord(run.flat.pid, decodePid)) ?? 0);
  if (identity === undefined) throw new Missed('the .pid names no live process');
  signalIfSame(identity, 'SIGTERM');
}
