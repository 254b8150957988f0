import type { RunRecord } from '@pm/protocol';
import { foreignSource } from './foreign-source.ts';
import { nativeSource } from './native-source.ts';
import type { RunSource } from './run-source.ts';

/** The source of a run's facts, native or foreign. */
export function sourceOf(dir: string, run: RunRecord): RunSource {
  return run.foreign === undefined ? nativeSource(dir, run) : foreignSource(dir, run);
}
