import { decodeEnding, type Ending, runPaths } from '@pm/protocol';
import { presentIn, readRecord, readReport, readRunRecord } from '@pm/protocol/fs';

/** An order to end a run elsewhere, on its way to the worker. */
export interface StopOrder {
  readonly cause: Exclude<Ending['cause'], 'exit'>;
  readonly by: string;
  readonly evidence: string;
  /** When it was given, epoch ms. */
  readonly at: number;
}

/**
 * The order to end this run, unless its worker has reported how it ends. Also for a run that was ended or given up here.
 * @returns undefined if there is none, or if its worker has reported how it ends
 */
export function stopOrderOf(dir: string, runId: string): StopOrder | undefined {
  const run = presentIn(readRunRecord(dir, runId));
  if (run === undefined) return undefined;
  const reading = readRecord(runPaths(dir, runId).ending, decodeEnding);
  if (reading.kind !== 'present' || reading.value.cause === 'exit') return undefined;
  if (run.mirror !== undefined) {
    const { ending, outcome } = readReport(dir, runId)?.report ?? {};
    if (ending !== undefined || outcome !== undefined) return undefined;
  }
  const { cause, by, evidence } = reading.value;
  return { cause, by, evidence, at: Math.round(reading.atMs) };
}
