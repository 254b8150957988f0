import { rmSync } from 'node:fs';
import { isAlive } from '@pm/process';
import {
  decodeStatus,
  type IdentityRecord,
  type OutcomeRecord,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { createRecord, isSameFile, linkOnce, readClaim, readRecord, replaceRecord } from '@pm/protocol/fs';
import { announcementOf, foreignStatus } from './foreign.ts';

/**
 * Finishes what the wrapper would have projected if it had lived: the link that announces the end, and the flat names of the
 * newest run, result first, then status, as the seed's readers expect.
 */
export function project(dir: string, run: RunRecord, record: OutcomeRecord, wrapper: IdentityRecord | undefined): void {
  const own = runPaths(dir, run.id);
  linkOnce(own.outcome, own.ended);
  if (run.foreign === undefined && wrapper !== undefined && isAlive(wrapper)) return; // it does so itself, right now
  const newest = readClaim(dir, run.step)?.run;
  if (newest?.kind !== 'present' || newest.value.id !== run.id) return;
  const word = record.outcome === 'success' ? 'SUCCESS' : 'FAILED';
  const flat = stepPaths(dir, run.step);
  if (run.foreign !== undefined) {
    // A verdict that stays in a monitor's head is found again by the next one (research: D5). Its own word is never
    // replaced, and nothing is said beside the files of the run that came after it.
    if (foreignStatus(dir, run) === undefined && announcementOf(dir, run) === 'there')
      replaceRecord(flat.status, `${word}\n`);
    return;
  }
  if (readRecord(own.status, decodeStatus).kind !== 'present') replaceRecord(own.status, `${word}\n`);
  if (record.outcome !== 'success') rmSync(flat.result, { force: true });
  if (record.outcome === 'success') {
    if (record.result === undefined) createRecord(flat.result, '{}\n');
    else linkOnce(own.result, flat.result);
  }
  // A starter killed between its claim and its projection has left the names of the run before.
  if (!isSameFile(own.status, flat.status)) rmSync(flat.status, { force: true });
  linkOnce(own.status, flat.status);
}
