import type * as z from 'zod/mini';
import type { Reason } from './outcome.ts';
import { IdentityRecord } from './records/identity.ts';
import { describeIssue, issuePath } from './text/describe-issue.ts';

/** What a text holds. `malformed` says why. `newer` was written by a later version and is left alone. */
export type Decoded<T> =
  | { readonly kind: 'present'; readonly value: T }
  | { readonly kind: 'malformed'; readonly why: string }
  | { readonly kind: 'newer'; readonly v: number };

/** The first cause of the end: `v1 exit 0`, or an order such as `v1 hung {"by":…,"evidence":…}`. `lost`: the lease of the run was over. */
export type Ending =
  | { readonly cause: 'exit'; readonly code: number }
  | {
      readonly cause: OrderCause;
      readonly by: string;
      readonly evidence: string;
      /** Of a run that was cancelled before its command began: why, if nobody asked for it. */
      readonly reason?: UnbegunReason;
    };

/** Why somebody orders that a run ends. */
export type OrderCause = 'timeout' | 'hung' | 'cancelled' | 'lost';

/** Why a run was cancelled before its command began, although nobody asked for it. */
export const UNBEGUN_REASONS = [
  'dependency-failed',
  'preflight-failed',
  'refused',
] as const satisfies readonly Reason[];
export type UnbegunReason = (typeof UNBEGUN_REASONS)[number];

export function encodeJson(record: object): string {
  return `${JSON.stringify(record)}\n`;
}

/** Parses a JSON record of this or an older version against its schema. */
export function decodeJson<T>(schema: z.ZodMiniType<T>, text: string): Decoded<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'malformed', why: 'not JSON' };
  }
  const v = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined;
  if (Number.isInteger(v) && Number(v) > 1) return { kind: 'newer', v: Number(v) };
  const parsed = schema.safeParse(value);
  if (parsed.success) return { kind: 'present', value: parsed.data };
  const [issue] = parsed.error.issues;
  if (issue === undefined) return { kind: 'malformed', why: 'record is not valid' };
  return { kind: 'malformed', why: `${issuePath(issue) || 'record'} ${describeIssue(issue)}` };
}

/** `wrapper` and `command`: `v1 <pid> <start time>`, one line that sh can write. */
export function encodeIdentity(identity: IdentityRecord): string {
  return `v1 ${identity.pid} ${identity.startTime}\n`;
}

/** Reads what `encodeIdentity` writes. */
export function decodeIdentity(text: string): Decoded<IdentityRecord> {
  return decodeLine(text, (rest) => {
    const [, pid, startTime = ''] = /^([1-9]\d{0,9}) ([ -~]+)$/.exec(rest) ?? [];
    // ps(1) pads its columns ("Nov  9"), and the wrapper writes them as they are.
    const parsed = IdentityRecord.safeParse({ pid: Number(pid), startTime: startTime.trim().replace(/ +/g, ' ') });
    return parsed.success ? parsed.data : undefined;
  });
}

/** `exit` and `ending`. `v1 exit <code>` is what the wrapper saw; it becomes the ending unless another cause was first. */
export function encodeEnding(ending: Ending): string {
  if (ending.cause === 'exit') return `v1 exit ${ending.code}\n`;
  const { cause, by, evidence, reason } = ending;
  return `v1 ${cause} ${JSON.stringify({ by, evidence, ...(reason !== undefined && { reason }) })}\n`;
}

/** Reads what `encodeEnding` writes. */
export function decodeEnding(text: string): Decoded<Ending> {
  return decodeLine(text, (rest) => {
    const [, code] = /^exit (0|[1-9]\d{0,2})$/.exec(rest) ?? [];
    if (code !== undefined) return Number(code) <= 255 ? { cause: 'exit', code: Number(code) } : undefined;
    // [^\n] and not a dot: JSON leaves U+2028 and U+2029 as they are, which a dot does not match.
    const [, cause, details] = /^(timeout|hung|cancelled|lost)(?: (\{[^\n]*\}))?$/.exec(rest) ?? [];
    if (cause === undefined) return undefined;
    return { cause: cause as OrderCause, ...parseDetails(details ?? '{}') };
  });
}

/** `heartbeat`: the number of the beat, alone on its line. It is empty while it is rewritten, which is no beat. */
export function decodeBeat(text: string): Decoded<number> {
  return /^\d{1,12}\n$/.test(text)
    ? { kind: 'present', value: Number(text) }
    : { kind: 'malformed', why: 'not a beat number' };
}

/** `replaced`: `v1 <name>`, the first record of the run that its wrapper found to be no regular file. */
export function decodeReplaced(text: string): Decoded<string> {
  return decodeLine(text, (rest) => (/^[a-z.-]{1,40}$/.test(rest) ? rest : undefined));
}

/** For how long a wrapper could not record an exit, ms, and why not. */
export interface Delay {
  readonly ms: number;
  readonly obstacle: 'full' | 'unwritable';
}

/** `delayed`: `v1 <ms> full` or `v1 <ms> unwritable`, written just before the exit. */
export function decodeDelayed(text: string): Decoded<Delay> {
  return decodeLine(text, (rest) => {
    const [, ms, obstacle] = /^(\d{1,12}) (full|unwritable)$/.exec(rest) ?? [];
    return obstacle === undefined ? undefined : { ms: Number(ms), obstacle: obstacle as Delay['obstacle'] };
  });
}

/** `deadline`: `v1 <ms of awake time>` or `v1 none`. */
export function encodeDeadline(limitMs: number | null): string {
  return `v1 ${limitMs ?? 'none'}\n`;
}

/** Reads what `encodeDeadline` writes. @returns ms of awake time; null: no limit */
export function decodeDeadline(text: string): Decoded<number | null> {
  return decodeLine(text, (rest) => {
    if (rest === 'none') return null;
    return /^[1-9]\d{0,15}$/.test(rest) && Number.isSafeInteger(Number(rest)) ? Number(rest) : undefined;
  });
}

/** Until when a run may go on, and when that was said. Both are instants of the boot clock (`bootClockMs` of @pm/process). */
export interface RunLease {
  readonly untilMs: number;
  readonly atMs: number;
}

/** `lease`: `v1 <until> <said at>`, in whole ms. */
export function encodeLease({ untilMs, atMs }: RunLease): string {
  return `v1 ${untilMs} ${atMs}\n`;
}

/** From 4 to 12 digits each, as the wrapper reads them: it counts in whole seconds of 32 bits. */
export function decodeLease(text: string): Decoded<RunLease> {
  return decodeLine(text, (rest) => {
    const [, untilMs, atMs] = /^([1-9]\d{3,11}) ([1-9]\d{3,11})$/.exec(rest) ?? [];
    return atMs === undefined ? undefined : { untilMs: Number(untilMs), atMs: Number(atMs) };
  });
}

/** `attempt`: `v1 <n>`, the current or last attempt. The first attempt writes none. */
export function decodeAttempt(text: string): Decoded<number> {
  return decodeLine(text, (rest) => (/^[1-9]\d{0,8}$/.test(rest) ? Number(rest) : undefined));
}

/** What a log lost: the bytes from `from` to `to` because of its cap, or at least `bytes` because the job truncated its own log. */
export type Truncated =
  | { readonly by: 'cap'; readonly from: number; readonly to: number }
  | { readonly by: 'job'; readonly bytes: number };

/** `truncated`: `v1 cap <from> <to>` or `v1 job <bytes>`. */
export function decodeTruncated(text: string): Decoded<Truncated> {
  return decodeLine(text, (rest) => {
    const [, by, first, to] = /^(cap|job) (\d{1,15})(?: (\d{1,15}))?$/.exec(rest) ?? [];
    if (by === 'job' && to === undefined) return { by, bytes: Number(first) };
    return by === 'cap' && Number(to) >= Number(first) ? { by, from: Number(first), to: Number(to) } : undefined;
  });
}

function decodeLine<T>(text: string, parse: (rest: string) => T | undefined): Decoded<T> {
  const [, version, rest = ''] = /^v([1-9]\d{0,5}) ([^\n]*)\n$/.exec(text) ?? [];
  if (version === undefined)
    return { kind: 'malformed', why: text === '' ? 'empty' : 'not a whole line of the form "v1 …"' };
  if (Number(version) > 1) return { kind: 'newer', v: Number(version) };
  const value = parse(rest);
  return value === undefined ? { kind: 'malformed', why: 'fields out of range' } : { kind: 'present', value };
}

function parseDetails(json: string): { by: string; evidence: string; reason?: UnbegunReason } {
  try {
    const { by, evidence, reason: given } = JSON.parse(json) as Record<string, unknown>;
    const reason = UNBEGUN_REASONS.find((one) => one === given);
    return {
      by: typeof by === 'string' ? by : 'unknown',
      evidence: typeof evidence === 'string' ? evidence : '',
      ...(reason !== undefined && { reason }),
    };
  } catch {
    return { by: 'unknown', evidence: '' };
  }
}
