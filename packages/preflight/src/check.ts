import type * as z from 'zod/mini';

/** Where a check looks, and for what. */
export interface CheckContext {
  /** Absolute; what is relative in options is seen from here. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command that is about to run, where one is. */
  readonly argv?: readonly string[];
}

/**
 * How what was looked at is. `skip`: there is nothing here that this could be asked of. `inconclusive`: it could not be found out;
 * no reason to refuse a start, and none to trust it.
 */
export type CheckState = (typeof CHECK_STATES)[number];
export const CHECK_STATES = ['pass', 'warn', 'fail', 'skip', 'inconclusive'] as const;

/** The answer to one question. */
export interface CheckResult {
  readonly state: CheckState;
  /** What was seen, in one line: the shebang, the status code; never a secret. */
  readonly evidence: string;
}

/** A command that would mend what was found, run as it is: no shell. */
export interface Remedy {
  readonly argv: readonly string[];
  /** `safe`: it can be repeated and loses nothing that cannot be had again; anything else is for a person to allow. */
  readonly safety: 'safe' | 'needs-approval';
  /** Where to run it; the place's own `cwd` without. */
  readonly cwd?: string;
}

/**
 * One question about an environment, in one file of `checks/`. It looks, and changes nothing.
 * Its last ones are methods, so that checks with different options fit into one list.
 */
export interface Check<Options> {
  /** Its name in `pm.config.json` and before the colon of `--check`. */
  readonly id: string;
  /** What it makes sure of, in a few words. */
  readonly title: string;
  /** What may be asked of it. */
  readonly options: z.ZodMiniType<Options>;
  /** Options from what follows the colon in `--check id:text`; not yet parsed. */
  readonly fromText: (text: string) => unknown;
  /** The options that fit here with nobody asking; undefined where it does not apply. Reads a few files at most. */
  readonly detect?: (context: CheckContext) => Options | undefined;
  /** Takes as long as it needs: whoever runs it holds the time, ends the signal and calls what threw `inconclusive`. */
  inspect(options: Options, context: CheckContext, signal: AbortSignal): CheckResult | Promise<CheckResult>;
  /** Called after a `fail` or `warn`: what would mend it, the least first. Under a signal like that of `inspect`. */
  remedies?(
    options: Options,
    context: CheckContext,
    signal: AbortSignal,
  ): readonly Remedy[] | Promise<readonly Remedy[]>;
  /** Lets go of what was opened to ask it, where it will not be asked after all. */
  dispose?(): void | Promise<void>;
}

/** A check with its options, ready to be run. */
export interface PreparedCheck {
  readonly check: Check<unknown>;
  /** As its schema gave them back. */
  readonly options: unknown;
  /** What it makes sure of, in the project's own words. */
  readonly title?: string;
  /** How long it may take, ms. */
  readonly budgetMs?: number;
  /** What mends it, by the project's own word. */
  readonly remedy?: Remedy;
}

/** What came of one check: what every frontend shows of it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
  /** What it makes sure of. */
  readonly title: string;
  readonly state: CheckState;
  /** What was seen, in one line of at most 300 characters, secrets redacted. */
  readonly evidence: string;
  /** What would mend it, the least first; absent where there is nothing to mend, or nobody knows. */
  readonly remedies?: readonly Remedy[];
}
