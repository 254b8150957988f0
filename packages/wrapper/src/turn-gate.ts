import { existsSync } from 'node:fs';
import { runPaths } from '@pm/protocol';

// A file of its own: whoever looks at a queue asks this, and starts nothing.
/** True if a wrapper of a run that waited has begun, or if it was decided that none ever will. */
export function hasTurnBegun(dir: string, id: string): boolean {
  return existsSync(runPaths(dir, id).gate);
}
