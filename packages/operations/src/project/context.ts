import type { RunView } from '../shape/answer.ts';
import type { Transition } from '../shape/transition.ts';
import type { Bounds } from './within-roots.ts';

/** What happens while an operation runs, for frontends that show it. */
export type OperationEvent =
  | { readonly type: 'started'; readonly run: RunView }
  /** An attempt has failed and will be followed by another (`--retries`); of quick ones not each is told. */
  | { readonly type: 'attempt'; readonly run: RunView }
  | { readonly type: 'progress'; readonly run: RunView; readonly lastLine: string }
  /** `preflight --fix`: this command is carried out now. */
  | { readonly type: 'fixing'; readonly check: string; readonly argv: readonly string[] }
  | ({ readonly type: 'transition' } & Transition)
  | { readonly type: 'output'; readonly stream: 'log' | 'errors'; readonly bytes: Uint8Array };

/** The outside world as an operation sees it: passed in by the frontend, never reached for. */
export interface Context {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the operation, never a run. Of `run` it cancels the job, because there the caller is attached to it. */
  readonly signal: AbortSignal;
  /** A second, stronger wish: skip the grace period. */
  readonly force?: AbortSignal;
  /** Told of events in order; a returned promise is awaited, so a slow reader slows the reporting, never the job. */
  readonly report?: (event: OperationEvent) => void | Promise<void>;
  /** Takes what is to be done once the answer was written: what nobody has read yet must not count as delivered. */
  readonly answered?: (work: () => void) => void;
  /** The terminal that who asks sits at, as a word of the platform's; asked only where the host names no session. */
  readonly tty?: () => string | undefined;
  /** Program and arguments that start the resident monitor; the directory is added. Without it none is started. */
  readonly resident?: readonly string[];
  /** How whoever reads the answer can call this program: `pm`, or `node` and its path. */
  readonly invocation?: string;
  /** What its callers may ask for at most (`bounded`). Without it they are people, who may ask for anything. */
  readonly bounds?: Bounds;
  /** Who calls, by the name it gives itself, for the events of runs: `mcp claude-code`. Without it a person who typed pm. */
  readonly caller?: string;
  /** Name and version of the frontend's program: a resident of an older one is succeeded. Without it any resident will do. */
  readonly program?: string;
}
