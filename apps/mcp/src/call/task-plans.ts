import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { stateFolder } from '@pm/operations';
import { decodePlan, decodeTaskId, encodeTaskId, isShortTaskId, newTaskId, type WaitPlan } from './task-id.ts';

/** No plan that was written is larger. */
const MOST_BYTES = 1_048_576;
/** A plan is removed after this time. A host that was closed may ask for it when it is opened again. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** The plans of tasks on disk: one file for each task, which no other user can read. */
export interface TaskPlans {
  /** Writes a plan. @returns its task id; one with the plan in it if the plan cannot be written */
  readonly save: (plan: WaitPlan) => string;
  /** The plan of a task of any server process of this user; undefined if there is none. */
  readonly find: (id: string) => WaitPlan | undefined;
}

// Why: contributing/decisions/2026-11-24-tools-are-operations.md
/** The plans in the state folder of the user. They are not beside the runs, because a host may start the next server in another folder. */
export function openTaskPlans(env: Readonly<Record<string, string | undefined>>): TaskPlans {
  const state = stateFolder(env);
  const folder = state === undefined ? undefined : join(state, 'tasks');
  let isSwept = false;
  return {
    save(plan) {
      if (folder === undefined) return encodeTaskId(plan);
      const id = newTaskId();
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!isSwept) removeOld(folder);
        isSwept = true;
        writeWhole(join(folder, id), JSON.stringify(plan));
        return id;
      } catch {
        return encodeTaskId(plan); // a full disk, or a sandbox
      }
    },
    find(id) {
      if (!isShortTaskId(id)) return decodeTaskId(id);
      return folder === undefined ? undefined : decodePlan(ownTextIn(join(folder, id)) ?? '');
    },
  };
}

function writeWhole(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** The text of a file that belongs to this user. */
function ownTextIn(file: string): string | undefined {
  try {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      const isOwn = stat.isFile() && stat.uid === process.geteuid?.() && stat.size <= MOST_BYTES;
      return isOwn ? readFileSync(fd, 'utf8') : undefined;
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (isShortTaskId(name) && mtimeMs < Date.now() - KEPT_MS) rmSync(file, { force: true });
  }
}
