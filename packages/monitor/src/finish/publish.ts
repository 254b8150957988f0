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
import { announcementOf, foreignStatus } from '../foreign/foreign-files.ts';
import { isTransient } from '../look/transient-errors.ts';

/**
 * Finishes what the wrapper would have projected if it had lived: the flat names of the newest run, result first, then status, as the
 * seed's readers expect, and last the link that announces the end. Where that is missing, somebody has to do it again.
 */
export function publishOutcome(
  dir: string,
  run: RunRecord,
  record: OutcomeRecord,
  wrapper: IdentityRecord | undefined,
): void {
  try {
    if (run.foreign !== undefined) leaveWord(dir, run, record);
    else if (wrapper === undefined || !isAlive(wrapper)) nameOutcome(dir, run, record); // alive it does so itself, right now
  } catch (error) {
    if (isTransient(error)) throw error;
    // A folder that somebody made in a name's place stays: the records decide.
  }
  const { outcome, ended } = runPaths(dir, run.id);
  linkOnce(outcome, ended);
}

/**
 * A verdict that stays in a monitor's head is found again by the next one (research: D5). Its own word is never replaced, and nothing is
 * said beside the files of the run that came after it.
 */
function leaveWord(dir: string, run: RunRecord, record: OutcomeRecord): void {
  if (!isNewest(dir, run) || foreignStatus(dir, run) !== undefined || announcementOf(dir, run) !== 'there') return;
  replaceRecord(stepPaths(dir, run.step).status, wordOf(record));
}

function nameOutcome(dir: string, run: RunRecord, record: OutcomeRecord): void {
  if (!isNewest(dir, run)) return;
  const own = runPaths(dir, run.id);
  const flat = stepPaths(dir, run.step);
  if (readRecord(own.status, decodeStatus).kind !== 'present') replaceRecord(own.status, wordOf(record));
  const result = record.result === undefined ? `${own.folder}/no-result` : own.result;
  if (record.outcome === 'success') {
    if (record.result === undefined) createRecord(result, '{}\n');
    linkOnce(result, flat.result);
  } else rmSync(flat.result, { force: true });
  // A starter killed between its claim and its projection has left the names of the run before.
  if (!isSameFile(own.status, flat.status) && isNewest(dir, run)) rmSync(flat.status, { force: true });
  linkOnce(own.status, flat.status);
  if (isNewest(dir, run)) return;
  // The next run was claimed meanwhile: its starter may have cleared these names before we gave them.
  if (isSameFile(own.status, flat.status)) rmSync(flat.status, { force: true });
  if (isSameFile(result, flat.result)) rmSync(flat.result, { force: true });
}

function isNewest(dir: string, run: RunRecord): boolean {
  const newest = readClaim(dir, run.step)?.run;
  return newest?.kind === 'present' && newest.value.id === run.id;
}

function wordOf({ outcome }: OutcomeRecord): string {
  return outcome === 'success' ? 'SUCCESS\n' : 'FAILED\n';
}
