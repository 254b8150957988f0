import { DEFAULT_POLICY, DEFAULTS, PmError, Policy } from '@pm/protocol';
import { describeIssue } from '@pm/protocol/text';

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
}

/**
 * The policy that these options make, with defaults for the rest.
 * @throws PmError `usage` if they do not fit together
 */
export function policyOf(input: PolicyInput): Policy {
  const { timeout, hardTimeout, grace, liveness, stale, quietAfter, beat, logCap, retries = 0, backoff } = input;
  const parsed = Policy.safeParse({
    ...DEFAULT_POLICY,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(hardTimeout !== undefined && hardTimeoutOf(hardTimeout, timeout)),
    ...(grace !== undefined && { graceMs: grace }),
    ...(liveness !== undefined && { liveness }),
    ...(stale !== undefined && { staleMs: stale }),
    ...(quietAfter !== undefined && { quietAfterMs: quietAfter }),
    ...(logCap !== undefined && { logCapBytes: logCap }),
    ...(retries > 0 && { retries, backoffMs: backoff ?? DEFAULTS.backoffMs }),
    // A shorter stale time makes the beat shorter: at least two beats must fit into it, or one late beat would look like a hang.
    beatMs: beat ?? Math.min(DEFAULT_POLICY.beatMs, Math.max(Math.floor((stale ?? DEFAULT_POLICY.staleMs) / 3), 1)),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const why = inOptionWords(issue === undefined ? 'an option is not valid' : describeIssue(issue));
  throw new PmError(
    'usage',
    // An issue without a field is about two of them.
    field === '' ? `The options do not fit together: ${why}.` : `${inOptionWords(field)} ${why}.`,
    'pm help start lists the options and their defaults.',
  );
}

/** The record has `timeoutMs` and `logCapBytes`; the options are called `timeout` and `logCap`. */
function inOptionWords(text: string): string {
  return text.replaceAll(/\b([a-z][A-Za-z]*)(?:Ms|Bytes)\b/g, '$1');
}

/** Without another limit, or with `timeout: none`, a hard limit below the default is the limit too. */
function hardTimeoutOf(hardTimeoutMs: number, timeout: number | null | undefined): Partial<Policy> {
  const usualMs = timeout === undefined ? (DEFAULT_POLICY.timeoutMs ?? hardTimeoutMs) : hardTimeoutMs;
  return { hardTimeoutMs, ...(typeof timeout !== 'number' && { timeoutMs: Math.min(usualMs, hardTimeoutMs) }) };
}
