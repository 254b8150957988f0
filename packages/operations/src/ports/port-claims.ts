import { existsSync, rmSync } from 'node:fs';
import { decodeJson, encodeJson, StepName } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';
import * as z from 'zod/mini';

/** Who has claimed a port: a step of a directory of runs. */
export interface PortOwnership {
  /** Links resolved. */
  readonly dir: string;
  readonly step: string;
}

/** `ports/<port>.<n>`: a claim on a port. The highest n counts. A claim stays, so that the step gets the same port again. */
const PortClaim = z.looseObject({ v: z.literal(1), dir: z.string().check(z.startsWith('/')), step: StepName });

const NAME = /^([1-9]\d{0,4})\.([1-9]\d{0,8})$/;

/** The number of the newest claim on each port that was ever claimed. */
export function portClaims(folder: string): Map<number, number> {
  const newest = new Map<number, number>();
  for (const name of namesIn(folder)) {
    const [, port, n] = NAME.exec(name) ?? [];
    if (port !== undefined) newest.set(Number(port), Math.max(newest.get(Number(port)) ?? 0, Number(n)));
  }
  return newest;
}

/** A claim; undefined if it cannot be read. */
export function readPortClaim(folder: string, port: number, n: number): PortOwnership | undefined {
  return presentIn(readRecord(`${folder}/${port}.${n}`, (text) => decodeJson(PortClaim, text)));
}

/** Its directory is gone. A claim that cannot be read is somebody's. */
export function isAbandoned(claim: PortOwnership | undefined): boolean {
  return claim !== undefined && !existsSync(claim.dir);
}

/**
 * Makes the n-th claim on a port, by link(2), so that one of several starts gets it, and removes those before it.
 * @returns false if there is one already
 */
export function claimPort(folder: string, port: number, n: number, { dir, step }: PortOwnership): boolean {
  makeFolder(folder);
  if (!createRecord(`${folder}/${port}.${n}`, encodeJson({ v: 1, dir, step }))) return false;
  if (n > 1) rmSync(`${folder}/${port}.${n - 1}`, { force: true });
  return true;
}

/** Gives up a claim on a port that a program listens on which is no run of this step. */
export function releasePort(folder: string, port: number, n: number, { dir, step }: PortOwnership): void {
  const claim = readPortClaim(folder, port, n);
  if (claim?.dir === dir && claim.step === step) rmSync(`${folder}/${port}.${n}`, { force: true });
}
