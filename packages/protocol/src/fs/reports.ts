import { rmSync, utimesSync } from 'node:fs';
import { encodeJson } from '../codec.ts';
import { runPaths } from '../paths.ts';
import { decodeReport, type Report } from '../records/report.ts';
import { makeFolder } from './directory.ts';
import { namesIn } from './entries.ts';
import { type Reading, readRecord } from './read-record.ts';
import { createRecord } from './write-record.ts';

/** The newest report about a run, and when it was news here, epoch ms. */
export interface KeptReport {
  readonly report: Report;
  readonly atMs: number;
}

/** A report holds the run record, whose argv may have 2 MB, and a result. */
const MOST_BYTES = 16_777_216;
/** Whoever keeps a newer report removes the one that was just listed. */
const TRIES = 10;

/** The newest report that is on record about a run; undefined if there is none. */
export function readReport(dir: string, runId: string): KeptReport | undefined {
  const { mirror } = runPaths(dir, runId);
  for (let tries = 0; tries < TRIES; tries += 1) {
    let isStale = false;
    for (const seq of reportsIn(mirror)) {
      const reading = read(mirror, seq);
      if (reading.kind === 'present') return { report: reading.value, atMs: reading.atMs };
      isStale ||= reading.kind === 'absent';
    }
    if (!isStale) return undefined;
  }
  return undefined;
}

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Keeps a report if it is the newest. Each has a name of its own and the highest number counts, so any number of processes may keep any
 * reports at once: a file that each replaces would go back to an older report.
 * @param newsAtMs when it was news, epoch ms
 * @throws ENOENT if the run was removed
 */
export function keepReport(dir: string, report: Report, newsAtMs: number): void {
  const { folder, mirror } = runPaths(dir, report.id);
  if (namesIn(folder).length === 0) throw Object.assign(new Error(`${folder} is gone`), { code: 'ENOENT' });
  makeFolder(mirror);
  removeMalformed(mirror);
  if ((reportsIn(mirror)[0] ?? 0) < report.seq) {
    const file = fileOf(mirror, report.seq);
    if (createRecord(file, encodeJson(report))) setTime(file, newsAtMs);
  }
  const [, ...older] = reportsIn(mirror);
  for (const seq of older) rmSync(fileOf(mirror, seq), { force: true });
}

/** A report is made whole. After a power cut it may be empty all the same, and would be in the way of itself. */
function removeMalformed(mirror: string): void {
  for (const seq of reportsIn(mirror))
    if (read(mirror, seq).kind === 'malformed') rmSync(fileOf(mirror, seq), { force: true, recursive: true });
}

function read(mirror: string, seq: number): Reading<Report> {
  return readRecord(fileOf(mirror, seq), decodeReport, MOST_BYTES);
}

/** The numbers of the reports in a folder, the newest first. */
function reportsIn(mirror: string): number[] {
  return namesIn(mirror)
    .flatMap((name) => (/^report\.[1-9]\d{0,15}$/.test(name) ? Number(name.slice('report.'.length)) : []))
    .sort((a, b) => b - a);
}

function fileOf(mirror: string, seq: number): string {
  return `${mirror}/report.${seq}`;
}

function setTime(file: string, atMs: number): void {
  try {
    utimesSync(file, atMs / 1_000, atMs / 1_000);
  } catch {
    // A newer report has come meanwhile.
  }
}
