import { darwin } from './darwin.ts';
import { linux } from './linux.ts';
import type { Platform } from './platform.ts';

/**
 * The one place that looks at the name of the platform.
 * Anything but macOS gets the /proc reader: where there is no /proc it finds no process, so nothing is ever signalled.
 */
export const platform: Platform = process.platform === 'darwin' ? darwin : linux;
