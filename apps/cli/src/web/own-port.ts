import { createHash } from 'node:crypto';

/** Below the ports that the kernel gives to connections. */
const FIRST = 20_000;
const COUNT = 10_000;

// Why: contributing/decisions/2026-11-29-who-sees-the-page.md
/** The port of a user's page, unless they ask for another one: always the same, so that an open page finds the server again. Pure. */
export function ownPort(key: string): number {
  return FIRST + (createHash('sha256').update(key).digest().readUInt32BE(0) % COUNT);
}
