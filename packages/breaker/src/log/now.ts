import { hostname, uptime } from 'node:os';
import { thisWorld } from '@pm/process';
import type { Stamp } from '../state/stamp.ts';

/** This instant, on both clocks. */
export function now(): Stamp {
  return { atMs: Date.now(), host: hostname(), bootId: thisWorld().bootId, uptimeMs: Math.round(uptime() * 1000) };
}
