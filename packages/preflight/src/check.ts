import type * as z from 'zod/mini';

/** Where a check looks, and what is about to run there. */
export interface CheckContext {
  /** Absolute. Relative paths in options start here. */
  readonly cwd: string;
  /** The environment that a run would get. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command that is about to run, if there is one. */
  readonly argv?: readonly string[];
  /** What a live run has printed. Only checks of its readiness have it. */
  readonly output?: PrintedOutput;
}

/** What a run has printed so far in its present attempt. */
export interface PrintedOutput {
  /** The first line that contains the text, as a person sees it; undefined if there is none yet. Each call reads only what is new. */
  readonly find: (text: string) => string | undefined;
}

/**
 * `pass`, `warn` and `fail` say what was found. `skip`: the check does not apply here. `inconclusive`: the check could not find out; that
 * does not refuse a start, and proves nothing.
 */
export type CheckState = (typeof CHECK_STATES)[number];
/** What a check may find. */
export const CHECK_STATES = ['pass', 'warn', 'fail', 'skip', 'inconclusive'] as const;

/** The result of one check. */
export interface CheckResult {
  readonly state: CheckState;
  /** What was seen, in one line: the shebang, the status code. Never a secret. */
  readonly evidence: string;
}

/** A kind of project with dependencies that are installed beside it. */
export type Ecosystem = 'node' | 'python';

/** A command that would fix the problem. It is run without a shell. */
export interface Remedy {
  readonly argv: readonly string[];
  /** `safe`: it can be repeated, and loses nothing that cannot be restored. Anything else must be approved by a person. */
  readonly safety: 'safe' | 'needs-approval';
  /** Where to run it. Default: the `cwd` of the context. */
  readonly cwd?: string;
}

/**
 * A check of the environment. It looks and changes nothing.
 * The last members are methods, not properties, so that checks with different options fit into one list (bivariance).
 */
export interface Check<Options> {
  /** Its name in `pm.config.json` and before the colon of `--check`. */
  readonly id: string;
  /** What is true if it passes, in a few words: `a port is free`. */
  readonly title: string;
  /** The schema of its options. */
  readonly options: z.ZodMiniType<Options>;
  /** Makes options of the text after the colon in `--check id:text`. They are parsed by the schema afterwards. */
  readonly fromText: (text: string) => unknown;
  /** The options for this folder if nothing is configured; undefined if the check does not apply. Reads a few files at most. */
  readonly detect?: (context: CheckContext) => Options | undefined;
  /** What it looks at is installed for this kind of project. Such a check is also made for the projects inside of a folder. */
  readonly ecosystem?: Ecosystem;
  /** May take as long as it needs and throw anything: the caller ends the signal after the budget, and makes both `inconclusive`. */
  inspect(options: Options, context: CheckContext, signal: AbortSignal): CheckResult | Promise<CheckResult>;
  /** Called after a `fail` or `warn`. Returns what would fix it, the least invasive first. */
  remedies?(
    options: Options,
    context: CheckContext,
    signal: AbortSignal,
  ): readonly Remedy[] | Promise<readonly Remedy[]>;
  /** Releases what was opened for it. Called if the check will not be run. */
  dispose?(): void | Promise<void>;
}

/** A check with its parsed options, ready to run. */
export interface PreparedCheck {
  readonly check: Check<unknown>;
  /** The output of its schema. */
  readonly options: unknown;
  /** The title that the project gave it. */
  readonly title?: string;
  /** How long it may take, ms. Default: 10 000. */
  readonly budgetMs?: number;
  /** The remedy that the project gave it. */
  readonly remedy?: Remedy;
}

/** The result of one check as frontends show it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
  /** The title of the check. */
  readonly title: string;
  readonly state: CheckState;
  /** What was seen, in one line of at most 300 characters, without secrets. */
  readonly evidence: string;
  /** What would fix it, the least invasive first; absent if there is nothing to fix or no remedy is known. */
  readonly remedies?: readonly Remedy[];
}
