import { closeSync, fstatSync, readSync } from 'node:fs';
import { oomKillsIn } from '@pm/process';
import { type RunRecord, runPaths } from '@pm/protocol';
import { openLog, presentIn, readRecord, statOf } from '@pm/protocol/fs';
import type { ExitClues } from '../judge/outcome-of.ts';

// Why: contributing/decisions/2026-11-29-a-code-is-not-a-cause.md
/** What the folder of a run tells about an exit beside its code. Read only after a failure. */
export function readExitClues(dir: string, run: RunRecord, code: number): ExitClues {
  if (code === 0) return {};
  const { remark, log, errors } = runPaths(dir, run.id);
  const oomKills = oomKillsDuring(dir, run);
  const said = code === 126 || code === 127 ? onlyLineOf(run.split === true ? errors : log) : undefined;
  return {
    isSignal: sizeOf(remark) > 0,
    notExecuted: said === undefined ? undefined : reasonNotExecuted(said, run.argv[0] ?? ''),
    ...(oomKills !== undefined && run.oom !== undefined && { oom: { kills: oomKills, file: run.oom.file } }),
  };
}

/** How many processes the kernel killed between the start of the run and its exit, because memory was short; undefined if none. */
function oomKillsDuring(dir: string, { id, oom }: RunRecord): number | undefined {
  if (oom === undefined) return undefined;
  const decode = (text: string) => {
    const value = oomKillsIn(text);
    return value === undefined
      ? ({ kind: 'malformed', why: 'no count' } as const)
      : ({ kind: 'present', value } as const);
  };
  const after = presentIn(readRecord(runPaths(dir, id).oom, decode)) ?? 0;
  return after > oom.kills ? after - oom.kills : undefined;
}

/**
 * Why a command could not be executed, from the one line that whoever should have become the command leaves: setsid(1), env(1), perl, a
 * shell, or the starter. Undefined for any other line. Pure.
 * @param program the name of the command. A script that complains about another program did run.
 */
export function reasonNotExecuted(line: string, program: string): string | undefined {
  if (line.startsWith('the wrapper could not be started: ')) return line;
  const [, name, reason] =
    /^(?:\S*setsid|\S*env|pm): (?:failed to execute |can't execute )?['‘]?(.+?)['’]?: ([^:]+)$/u.exec(line) ??
    /^\S*wrapper\.sh(?:\[\d+\]|: (?:line )?\d+)?: (?:exec: )?(.+?): (.+)$/u.exec(line) ??
    [];
  return name === program ? reason : undefined;
}

const MOST_BYTES = 8_192;

/** The line of a log that has only one. */
function onlyLineOf(file: string): string | undefined {
  let fd: number;
  try {
    fd = openLog(file);
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(fd);
    if (size > MOST_BYTES) return undefined;
    const buffer = Buffer.alloc(size);
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, size, 0)).trim();
    return text === '' || text.includes('\n') ? undefined : text;
  } finally {
    closeSync(fd);
  }
}

function sizeOf(file: string): number {
  const found = statOf(file);
  return found?.isFile() === true ? found.size : 0;
}
