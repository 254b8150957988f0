import { decodeJson } from '../codec.ts';
import { runPaths } from '../paths.ts';
import { OutcomeRecord } from '../records/outcome.ts';
import { type Reading, readRecord } from './read-record.ts';

/** The terminal record, if the run was concluded. Its result may be large; the cap is 8 MiB. */
export function readOutcome(dir: string, runId: string): Reading<OutcomeRecord> {
  return readRecord(runPaths(dir, runId).outcome, (text) => decodeJson(OutcomeRecord, text), 8_388_608);
}
