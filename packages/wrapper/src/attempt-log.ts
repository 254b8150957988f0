import { closeSync, existsSync, fstatSync, statSync } from 'node:fs';
import { openLog as open } from '@pm/protocol/fs';

// Why: contributing/decisions/2026-11-23-attempts-in-the-wrapper.md
/** An open log, and the attempt whose it is. */
export interface Log {
  readonly fd: number;
  readonly path: string;
  readonly attempt: number | undefined;
}

/** The log of an attempt, under its own name if it was set aside meanwhile. */
export function openLog(file: string, attempt: number | undefined): Log {
  const apart = `${file}.${attempt}`;
  if (attempt !== undefined && existsSync(apart)) return { fd: open(apart), path: apart, attempt };
  const log = { fd: open(file), path: file, attempt };
  if (attempt === undefined || !existsSync(apart)) return log;
  closeSync(log.fd);
  return { fd: open(apart), path: apart, attempt };
}

/** The log of the attempt after this one. A full disk may have kept one from having a log of its own. */
export function openNext({ fd, attempt = 1 }: Log, file: string): Log {
  const { ino } = fstatSync(fd);
  for (let n = attempt + 1; ; n++) {
    const next = openLog(file, n);
    if (fstatSync(next.fd).ino !== ino) return next;
    closeSync(next.fd);
  }
}

/** The name leads to the log of a later attempt by now: nothing more will be written to this one. */
export function isSetAside({ fd, attempt }: Log, file: string): boolean {
  const ino = attempt === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.ino;
  return ino !== undefined && ino !== fstatSync(fd).ino;
}
