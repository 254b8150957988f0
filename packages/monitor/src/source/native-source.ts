import { type RunRecord, runPaths } from '@pm/protocol';
import { publishFlatNames } from './flat-names.ts';
import type { RunSource } from './run-source.ts';
import { readTrace } from './trace.ts';

/** A run of our own: its records say everything. */
export function nativeSource(dir: string, run: RunRecord): RunSource {
  return {
    saysEnded: () => false,
    saysOutcome: () => undefined,
    remark: () => undefined,
    isSuperseded: () => false,
    signs: () => ({}),
    inheritedSilence: () => readTrace(dir, run.id),
    beatAgeMs: ({ beatAgeMs }) => beatAgeMs,
    // With its command; or with its wrapper, if the record of the command may be that of a later attempt.
    begunAtMs: ({ wrapper, command }) => {
      const first = (run.policy.retries ?? 0) > 0 ? wrapper : command;
      return first.kind === 'present' ? first.atMs : run.createdAt;
    },
    save: () => {},
    resultFile: () => runPaths(dir, run.id).result,
    publish: (outcome) => publishFlatNames(dir, run, outcome),
  };
}
