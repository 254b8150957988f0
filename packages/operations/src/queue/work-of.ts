import { hashOf } from './queue-folder.ts';

/** The name of the work that a resident has with the queue in a folder. */
export function workOf(folder: string): string {
  return `queue.${hashOf(folder)}`;
}
