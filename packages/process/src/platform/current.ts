import type { ProcessTable } from '../process-table.ts';
import { darwin } from './darwin.ts';
import { linux } from './linux.ts';
import type { Platform } from './platform.ts';

/**
 * The reader for this platform. Everything but macOS gets the /proc reader: without a /proc it finds no process, so
 * nothing is ever signalled.
 */
export const platform: Platform = process.platform === 'darwin' ? darwin : linux;

/**
 * One pass over all processes; empty where none can be seen. Costs about 13 µs a process on Linux, one ps(1) on macOS.
 */
export function scan(): ProcessTable {
  return platform.scan();
}
