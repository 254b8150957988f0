import type { Answer, RunView } from '../shape/answer.ts';
import type { Transition } from '../shape/transition.ts';
import type { Bounds } from './within-roots.ts';

/** How a batch gets on. */
export interface BatchProgress {
  readonly name: string;
  readonly total: number;
  /** How many lines have ended, those of earlier calls included. */
  readonly done: number;
  /** How many of them did not succeed. */
  readonly failed: number;
  /** How many have ended in this call. */
  readonly endedNow: number;
  readonly elapsedMs: number;
  readonly running: readonly { readonly step: string; readonly elapsedMs: number }[];
  /** Why nothing more starts although a slot is free. */
  readonly why?: string;
}

/** A line of a batch that has ended. */
export interface BatchEnding {
  readonly step: string;
  readonly outcome: string;
  readonly exitCode?: number | undefined;
  readonly elapsedMs?: number | undefined;
}

/** An event during an operation, for frontends that show progress. */
export type OperationEvent =
  | { readonly type: 'started'; readonly run: RunView }
  /** An attempt has failed and another one follows (`--retries`). Very short attempts may be left out. */
  | { readonly type: 'attempt'; readonly run: RunView }
  | { readonly type: 'progress'; readonly run: RunView; readonly lastLine: string }
  /** `preflight --fix`: this command runs now. */
  | { readonly type: 'fixing'; readonly check: string; readonly argv: readonly string[] }
  | ({ readonly type: 'transition' } & Transition)
  /** `batch`: how it gets on, about once a second; or a line that has ended just now. */
  | { readonly type: 'batch'; readonly progress: BatchProgress; readonly ended?: BatchEnding }
  /** `worker`: its engine cannot be used now, and why. Told once until that changes; the worker goes on asking. */
  | { readonly type: 'trouble'; readonly message: string }
  /** `ls` with `watch`, and a wait for several runs for a terminal: all of them as they are now, once a second. */
  | { readonly type: 'list'; readonly answer: Answer }
  | { readonly type: 'output'; readonly stream: 'log' | 'errors'; readonly bytes: Uint8Array };

/** Everything that an operation knows about its caller. The frontend passes it in; an operation reads no globals. */
export interface Context {
  readonly cwd: string;
  /** `cwd` was removed, or is not UTF-8: it is where the caller was. Calls that name everything by absolute paths work all the same. */
  readonly isCwdGone?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends the operation, never a run. Only `run` stops its job too, because its caller is attached to the job. */
  readonly signal: AbortSignal;
  /** The signal that aborted `signal`, such as `SIGINT`. With SIGINT, `run` interrupts its job as a terminal would. */
  readonly endedBy?: () => string | undefined;
  /** The signals that the caller ignores, such as `HUP` under nohup: its commands ignore them, too. */
  readonly ignoredSignals?: () => readonly string[];
  /** A second, stronger request: skip the grace period. */
  readonly force?: AbortSignal;
  /** Receives the events in order. A returned promise is awaited: a slow reader slows the reporting, never the job. */
  readonly report?: (event: OperationEvent) => void | Promise<void>;
  /** How often to report the progress of an awaited run between two looks at it, ms, for a terminal. Absent: only with each look. */
  readonly reportEveryMs?: number;
  /** Takes work to do after the answer was written, such as marking endings as seen: nothing may count as seen before it was delivered. */
  readonly answered?: (work: () => void) => void;
  /** The terminal of the caller, such as `pts/3`. It is only asked for if the host has no session. */
  readonly tty?: () => string | undefined;
  /** Descriptor of the caller's standard input, usually 0. Absent if commands cannot have it, as in MCP. */
  readonly stdin?: number | undefined;
  /** Program and arguments that start the resident monitor; the directory is appended. Without it no resident is started. */
  readonly resident?: readonly string[];
  /** The command by which the reader of an answer can call this program: `pm`, or `node` and a path. */
  readonly invocation?: string;
  /** The most that callers may ask for (`bounds`). Absent: the callers are people, who may ask for anything. */
  readonly bounds?: Bounds;
  /** Who calls, for the events of runs, such as `pm-mcp for claude-code`. Absent: a person at a terminal. */
  readonly caller?: string;
  /**
   * The run that this call starts belongs to a worker: it ends at this instant of the boot clock (`bootClockMs`), unless the worker extends
   * that (`extendLease`). It has had its turn elsewhere, so it waits in no queue. Absent: no lease.
   */
  readonly lease?: { readonly untilMs: number };
  /** Name and version of the frontend's program: it replaces an older resident. Absent: any resident will do. */
  readonly program?: string;
}
