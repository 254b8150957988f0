import { closeSync, existsSync, fstatSync, statSync } from 'node:fs';
import { openLog as open } from '@pm/protocol/fs';

// Why: contributing/decisions/2026-11-23-attempts-in-the-wrapper.md
/** An open log. `attempt` counts from 1; undefined if the run is not retried. */
export interface Log {
  readonly fd: number;
  readonly path: string;
  readonly attempt: number | undefined;
}

/** Opens the log of an attempt, which has a name of its own (`log.1`) once the next attempt has begun. */
export function openLog(file: string, attempt: number | undefined): Log {
  const apart = `${file}.${attempt}`;
  if (attempt !== undefined && existsSync(apart)) return { fd: open(apart), path: apart, attempt };
  const log = { fd: open(file), path: file, attempt };
  if (attempt === undefined || !existsSync(apart)) return log;
  closeSync(log.fd);
  return { fd: open(apart), path: apart, attempt };
}

/** Opens the log of the next attempt. On a full disk an attempt may have had no log of its own; it is skipped. */
export function openNext({ fd, attempt = 1 }: Log, file: string): Log {
  const { ino } = fstatSync(fd);
  for (let n = attempt + 1; ; n++) {
    const next = openLog(file, n);
    if (fstatSync(next.fd).ino !== ino) return next;
    closeSync(next.fd);
  }
}

/** True if `file` is the log of a later attempt by now. Nothing more will be written to this one. */
export function isSetAside({ fd, attempt }: Log, file: string): boolean {
  const ino = attempt === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.ino;
  return ino !== undefined && ino !== fstatSync(fd).ino;
}
