import type { RunRecord } from '@pm/protocol';
import type { RunOnDisk } from '@pm/protocol/fs';
import { foreignSource } from './foreign-source.ts';
import { nativeSource } from './native-source.ts';
import type { RunSource } from './run-source.ts';

/** The source of a run's facts, native or foreign. */
export function sourceOf(dir: string, run: RunRecord): RunSource {
  return run.foreign === undefined ? nativeSource(dir, run) : foreignSource(dir, run);
}

/** When a run began, epoch ms. */
export function begunAtMs(dir: string, run: RunRecord, disk: RunOnDisk): number {
  return sourceOf(dir, run).begunAtMs(disk);
}
