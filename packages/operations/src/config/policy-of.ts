import { DEFAULT_POLICY, DEFAULTS, PmError, Policy } from '@pm/protocol';
import { describeIssue, exactDuration } from '@pm/protocol/text';

/** The options of `fields.ts` that make up a policy, parsed. */
export interface PolicyInput {
  readonly timeout?: number | null | undefined;
  readonly hardTimeout?: number | undefined;
  readonly grace?: number | undefined;
  readonly liveness?: Policy['liveness'] | undefined;
  readonly stale?: number | undefined;
  readonly quietAfter?: number | undefined;
  readonly beat?: number | undefined;
  readonly logCap?: number | undefined;
  readonly retries?: number | undefined;
  readonly backoff?: number | undefined;
  readonly restart?: Policy['restart'];
  readonly resetAfter?: number | undefined;
  /** It is meant to stay. */
  readonly service?: boolean | undefined;
  /** Checks that tell when it is ready: who has some is meant to stay. */
  readonly ready?: readonly unknown[] | undefined;
}

// Why: contributing/decisions/2026-11-29-a-service-is-a-policy.md
/** A run that is meant to stay: its step says so, it can become ready, or it is started again when it ends. */
export function isService({ service, ready = [], restart }: PolicyInput): boolean {
  return service ?? (ready.length > 0 || restart !== undefined);
}

/**
 * The policy that these options make, with defaults for the rest.
 * @throws PmError `usage` if they do not fit together
 */
export function policyOf(input: PolicyInput): Policy {
  const { timeout, hardTimeout, grace, liveness, stale, quietAfter, beat, logCap, restart, resetAfter } = input;
  const service = isService(input);
  const usualMs = service ? null : DEFAULT_POLICY.timeoutMs;
  const parsed = Policy.safeParse({
    ...DEFAULT_POLICY,
    timeoutMs: usualMs,
    ...(service && { service }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(hardTimeout !== undefined && hardTimeoutOf(hardTimeout, timeout, usualMs)),
    ...(grace !== undefined && { graceMs: grace }),
    ...(liveness !== undefined && { liveness }),
    ...(stale !== undefined && { staleMs: stale }),
    ...(quietAfter !== undefined && { quietAfterMs: quietAfter }),
    ...(logCap !== undefined && { logCapBytes: logCap }),
    ...(restart === undefined ? retriesOf(input) : restartOf(restart, input)),
    beatMs: beat ?? beatWithin(stale ?? DEFAULT_POLICY.staleMs, restart === undefined ? undefined : resetAfter),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [field] = issue?.path ?? [];
  const why =
    issue === undefined || field === undefined
      ? misfit(input, parsed.error.issues)
      : `${optionOf(given(String(field), input))} ${describeIssue(issue)}`;
  throw new PmError('usage', `${why}.`, 'pm help start lists the options and their defaults.');
}

/**
 * A shorter stale time makes the beat shorter: at least two beats must fit into it, or one late beat would look like a hang. The wrapper also
 * counts in beats for how long an attempt has lived. Ten of them fit into the time after which an attempt was healthy, so that it is exact.
 */
function beatWithin(staleMs: number, resetAfterMs = Number.POSITIVE_INFINITY): number {
  return Math.max(Math.floor(Math.min(DEFAULT_POLICY.beatMs, staleMs / 3, resetAfterMs / 10)), 1);
}

function retriesOf({ retries = 0, backoff = DEFAULTS.backoffMs }: PolicyInput): Partial<Policy> {
  return retries > 0 ? { retries, backoffMs: backoff } : {};
}

function restartOf(restart: Policy['restart'], { retries, backoff, resetAfter }: PolicyInput): Partial<Policy> {
  return {
    retries: retries ?? DEFAULTS.restartRetries,
    backoffMs: backoff ?? DEFAULTS.restartBackoffMs,
    restart,
    resetAfterMs: resetAfter ?? DEFAULTS.resetAfterMs,
  };
}

/** The field that was given: without a time limit, the highest limit stands for it. */
function given(field: string, { timeout, hardTimeout }: PolicyInput): string {
  return field === 'timeoutMs' && timeout === undefined && hardTimeout !== undefined ? 'hardTimeoutMs' : field;
}

/** What does not fit together, by the options that were given. Each rule of `Policy` about two fields names the first of them. */
function misfit({ beat, stale, timeout }: PolicyInput, issues: readonly { readonly message: string }[]): string {
  const isAboutBeat = issues.some(({ message }) => message.startsWith('beatMs'));
  if (!isAboutBeat) {
    const limit = timeout === null ? 'none' : `more than --hard-timeout`;
    return `--timeout must not be ${limit}${timeout === null ? ' with --hard-timeout' : ''}`;
  }
  if (beat === undefined) return '--stale must be at least 3ms, so that two heartbeats fit into it';
  const than = stale === undefined ? `--stale, which is ${exactDuration(DEFAULT_POLICY.staleMs)}` : '--stale';
  return `--beat must be less than half of ${than}, so that one late heartbeat does not count as silence`;
}

/** The record has `timeoutMs` and `logCapBytes`; the options are `--timeout` and `--log-cap`. */
function optionOf(field: string): string {
  const name = field.replace(/(?:Ms|Bytes)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${name}`;
}

/** Without another limit, or with `timeout: none`, a hard limit below the usual one is the limit too. */
function hardTimeoutOf(
  hardTimeoutMs: number,
  timeout: number | null | undefined,
  usualMs: number | null,
): Partial<Policy> {
  const limitMs = timeout === undefined ? (usualMs ?? hardTimeoutMs) : hardTimeoutMs;
  return { hardTimeoutMs, ...(typeof timeout !== 'number' && { timeoutMs: Math.min(limitMs, hardTimeoutMs) }) };
}
