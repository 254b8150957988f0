import type { OutcomeRecord } from '@pm/protocol';
import type { RunOnDisk } from '@pm/protocol/fs';
import type { DerivedOutcome } from '../judge/outcome-of.ts';
import type { InheritedSilence, SignsOfLife, SilenceState } from '../judge/silence.ts';

/**
 * Where the facts about a run come from, as far as that differs. A native run was started by our wrapper, which keeps
 * all of its records. A foreign run was started by another program, and adopted: it also has that program's flat files
 * (`.pid`, `.heartbeat`, `.status`, `.result`), and no exit, no ending and no numbered beats.
 */
export interface RunSource {
  /** True once flat files say that the run has ended. Of a native run they say nothing: its exit does. */
  readonly saysEnded: (wallMs: number) => boolean;
  /** What flat files say about the outcome, and when they were written, epoch ms. */
  readonly saysOutcome: () => { readonly outcome: DerivedOutcome; readonly atMs: number } | undefined;
  /** What is wrong with its flat files, in one sentence that quotes them; undefined if nothing is. */
  readonly remark: () => string | undefined;
  /** True if its flat files were overwritten or removed, so that they will never say how it ended. */
  readonly isSuperseded: () => boolean;
  /** The signs of life that are read differently. */
  readonly signs: (isFirst: boolean, wallMs: number) => Partial<SignsOfLife>;
  /** The silence before the first look. */
  readonly inheritedSilence: (signs: SignsOfLife, wallMs: number) => InheritedSilence | undefined;
  /** How old the heartbeat is that the run is judged by if its processes cannot be seen, ms. */
  readonly beatAgeMs: (silence: SilenceState) => number;
  /** When the run began, epoch ms. */
  readonly begunAtMs: (disk: RunOnDisk) => number;
  /** Copies what flat files say into the run's folder, before the next run of the step removes it. */
  readonly save: () => void;
  /** The file of its result; undefined if there is none that is this run's. */
  readonly resultFile: () => string | undefined;
  /**
   * Publishes the outcome in the flat files, for readers that know only those. `left-to-wrapper`: its wrapper lives and
   * is about to do so.
   */
  readonly publish: (outcome: OutcomeRecord) => 'published' | 'left-to-wrapper';
}
