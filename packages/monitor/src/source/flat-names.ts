import { existsSync, rmSync } from 'node:fs';
import { isAlive } from '@pm/process';
import { type Decoded, decodeIdentity, type OutcomeRecord, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { createRecord, isSameFile, linkOnce, presentIn, readClaim, readRecord, replaceRecord } from '@pm/protocol/fs';

/**
 * Gives the newest run of a step its flat names, as its wrapper does if it lives: first `.result`, then `.status`,
 * because readers of the flat files take the status for the signal that the result is there.
 * @returns `left-to-wrapper` if the wrapper lives and has not done so yet. If it is killed before, the next reader
 *   does it
 */
export function publishFlatNames(dir: string, run: RunRecord, record: OutcomeRecord): 'published' | 'left-to-wrapper' {
  const own = runPaths(dir, run.id);
  const flat = stepPaths(dir, run.step);
  const result = record.result === undefined ? `${own.folder}/no-result` : own.result;
  if (isPublished(own.status, flat, record, result)) return 'published'; // most often: by its wrapper
  // The wrapper of a run elsewhere writes nothing here.
  const wrapper = run.mirror === undefined ? presentIn(readRecord(own.wrapper, decodeIdentity)) : undefined;
  if (wrapper !== undefined && isAlive(wrapper))
    return isSameFile(own.status, flat.status) ? 'published' : 'left-to-wrapper'; // it does so itself, right now
  if (!isNewest(dir, run)) return 'published';
  // It may be empty, if the wrapper was killed or the disk was full, and the job may have written to it.
  if (presentIn(readRecord(own.status, asItIs)) !== statusOf(record)) replaceRecord(own.status, statusOf(record));
  if (record.outcome === 'success') {
    if (record.result === undefined) createRecord(result, '{}\n');
    linkOnce(result, flat.result);
  } else rmSync(flat.result, { force: true });
  // A starter that was killed after its claim has left the names of the run before.
  if (!isSameFile(own.status, flat.status) && isNewest(dir, run)) rmSync(flat.status, { force: true });
  linkOnce(own.status, flat.status);
  if (isNewest(dir, run)) return 'published';
  // The next run was claimed meanwhile. Its starter may have removed these names before they were made here.
  if (isSameFile(own.status, flat.status)) rmSync(flat.status, { force: true });
  if (isSameFile(result, flat.result)) rmSync(flat.result, { force: true });
  return 'published';
}

/** True if the flat names are links to the own files of the run, and say what its outcome says. */
function isPublished(
  status: string,
  flat: { readonly status: string; readonly result: string },
  record: OutcomeRecord,
  result: string,
): boolean {
  if (!isSameFile(status, flat.status) || presentIn(readRecord(status, asItIs)) !== statusOf(record)) return false;
  return record.outcome === 'success' ? isSameFile(result, flat.result) : !existsSync(flat.result);
}

function asItIs(value: string): Decoded<string> {
  return { kind: 'present', value };
}

/** True if no later run of the step was claimed. */
export function isNewest(dir: string, run: RunRecord): boolean {
  const newest = readClaim(dir, run.step)?.run;
  return newest?.kind === 'present' && newest.value.id === run.id;
}

/** The content of a `.status` file. */
export function statusOf({ outcome }: OutcomeRecord): string {
  return outcome === 'success' ? 'SUCCESS\n' : 'FAILED\n';
}
