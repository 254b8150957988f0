import { existsSync } from 'node:fs';
import { decodeStatus, directoryPaths, stepPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import type { StepBreaker } from '../config/breaker-rule.ts';

/**
 * Whether a breaker has to be asked at all: every start comes here, so it costs two looks at names and one at a word. A breaker that was
 * never near to opening has no folder; then the last run's own word is enough, and a step without runs is free.
 */
export function mayBeOpen(dir: string, step: string, breaker: StepBreaker | undefined): boolean {
  if (breaker === undefined) return false;
  const { name, startsPerDay } = breaker;
  if (startsPerDay !== undefined || existsSync(`${directoryPaths(dir).breakers}/${name}`)) return true;
  if (presentIn(readRecord(stepPaths(dir, step).status, decodeStatus)) === 'SUCCESS') return false;
  return name !== step || existsSync(`${directoryPaths(dir).steps}/${step}`);
}
