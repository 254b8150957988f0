import { closeSync, fstatSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { openLog as open } from '@pm/protocol/fs';

// Why: contributing/decisions/2026-11-23-attempts-in-the-wrapper.md
/** An open log. `attempt` counts from 1; undefined if the run is not retried. */
export interface Log {
  readonly fd: number;
  readonly path: string;
  readonly attempt: number | undefined;
}

/**
 * Opens the log of an attempt, which has a name of its own (`log.1`) once the next attempt has begun. If it is gone, as old logs are with
 * `restart`, the oldest later one is opened.
 * @throws PmError `not-supported` if the log is not there, or is a symbolic link or no regular file
 */
export function openLog(file: string, attempt: number | undefined): Log {
  if (attempt === undefined) return { fd: open(file), path: file, attempt };
  for (;;) {
    const aside = firstAside(file, attempt);
    if (aside !== undefined) {
      const path = `${file}.${aside}`;
      try {
        return { fd: open(path), path, attempt: aside };
      } catch (error) {
        if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw error;
        continue; // it was removed just now
      }
    }
    const log = { fd: open(file), path: file, attempt };
    if (firstAside(file, attempt) === undefined) return log;
    closeSync(log.fd); // attempts have ended meanwhile, so this may be the log of a later one
  }
}

/**
 * Opens the log of the next attempt. It is skipped if it is not there: with `restart` old logs are removed, and on a full disk an attempt
 * has no log of its own.
 */
export function openNext({ fd, attempt = 1 }: Log, file: string): Log {
  const { ino } = fstatSync(fd);
  for (let n = attempt + 1; ; n += 1) {
    const next = openLog(file, n);
    if (fstatSync(next.fd).ino !== ino) return next;
    closeSync(next.fd);
  }
}

/** The first attempt from `n` on whose log was set aside and is still there. */
function firstAside(file: string, n: number): number | undefined {
  const prefix = `${basename(file)}.`;
  const numbers = readdirSync(dirname(file)).flatMap((name) =>
    name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length))
      ? [Number(name.slice(prefix.length))]
      : [],
  );
  return numbers.filter((one) => one >= n).sort((a, b) => a - b)[0];
}

/** True if `file` is the log of a later attempt by now. Nothing more will be written to this one. */
export function isSetAside({ fd, attempt }: Log, file: string): boolean {
  const ino = attempt === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.ino;
  return ino !== undefined && ino !== fstatSync(fd).ino;
}
