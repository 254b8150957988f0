import { rmSync, statSync, utimesSync } from 'node:fs';
import { identify, isAlive, isSamePidScope, thisPidScope } from '@pm/process';
import { decodeJson, directoryPaths, encodeJson } from '@pm/protocol';
import { namesIn, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(4_096));

/** `batches/<name>/conductor`: the process that runs a batch now. */
const ConductorRecord = z.looseObject({
  v: z.literal(1),
  pid: z.number(),
  startTime: text,
  bootId: text,
  pidNamespace: text,
  /** The id of the batch, which is in the record of each of its runs. */
  batch: text,
  /** The folder of the queue that it works on. */
  folder: text,
});

/** How often a conductor says that it goes on, and after which time of silence others do its work: it may be stuck at a full pipe. */
const BEAT_MS = 1_000;
const SILENT_MS = 5_000;

/** A process that works on a queue in place of the resident. */
export interface Conductor {
  /** Says that it goes on, at most once a second. */
  readonly beat: () => void;
  readonly end: () => void;
}

// Why: contributing/decisions/2026-11-29-a-batch-keeps-a-window-in-line.md
/** Says that this process judges the runs of a batch and starts what has its turn in the queue, so that the resident need not. */
export function conductHere(dir: string, name: string, what: { batch: string; folder: string }): Conductor {
  const file = fileOf(dir, name);
  let beatAtMs = performance.now();
  try {
    const identity = identify(process.pid);
    if (identity !== undefined) replaceRecord(file, encodeJson({ v: 1, ...identity, ...thisPidScope(), ...what }));
  } catch {
    // A full disk: the resident does the same work as well.
  }
  return {
    beat: () => {
      if (performance.now() - beatAtMs < BEAT_MS) return;
      beatAtMs = performance.now();
      const now = Date.now() / 1_000;
      try {
        utimesSync(file, now, now);
      } catch {
        // The records were deleted.
      }
    },
    end: () => rmSync(file, { force: true }),
  };
}

/** What live processes conduct in a directory. */
export interface Conducted {
  readonly batches: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
}

/** Reads who conducts. One that is stopped, silent, of another pid namespace or without its records does not count. */
export function readConducted(dir: string): Conducted {
  const batches = new Set<string>();
  const folders = new Set<string>();
  for (const name of namesIn(directoryPaths(dir).batches)) {
    const file = fileOf(dir, name);
    const silentMs = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (Math.abs(silentMs) > SILENT_MS) continue;
    const record = presentIn(readRecord(file, (data) => decodeJson(ConductorRecord, data)));
    if (record === undefined || !isSamePidScope(record) || !isAlive(record)) continue;
    batches.add(record.batch);
    folders.add(record.folder);
  }
  return { batches, folders };
}

function fileOf(dir: string, name: string): string {
  return `${directoryPaths(dir).batches}/${name}/conductor`;
}
