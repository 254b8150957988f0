import { type Identity, isAlive, type PidScope } from '@pm/process';
import {
  ATTENTIONS,
  type Attention,
  AttentionEventRecord,
  DeliveryEndRecord,
  DeliveryTryRecord,
  decodeJson,
  encodeJson,
  FailedTryRecord,
  runPaths,
} from '@pm/protocol';
import { createRecord, namesIn, presentIn, readRecord } from '@pm/protocol/fs';
import type { DeliveryResult } from '../deliver/delivery-result.ts';
import { leftMs } from '../schedule/backoff.ts';

/** Longer than any try may take, ms. Whoever began one so long ago is not making it any more. */
const LONGEST_TRY_MS = 120_000;

/** How a delivery stands, from its records. */
export type Standing =
  | { readonly kind: 'over'; readonly end: DeliveryEndRecord }
  /** Somebody is making a try. */
  | { readonly kind: 'trying'; readonly tries: number }
  /** The next try is due in `leftMs`. `why` is the reason of the last failure. */
  | {
      readonly kind: 'due';
      readonly tries: number;
      /** Tries that the receiver, and not the end of a process of ours, has made fail. */
      readonly failures: number;
      readonly leftMs: number;
      readonly firstAt: number | undefined;
      readonly why?: string;
    };

/** The records of one run about its deliveries. */
export interface Ledger {
  readonly folder: string;
  /** The names in its folder, as they were read once. */
  readonly names: readonly string[];
}

/** Reads the names of the records. They are not read again. */
export function openLedger(dir: string, runId: string): Ledger {
  const folder = runPaths(dir, runId).notify;
  return { folder, names: namesIn(folder) };
}

/** The attentions of a run that somebody is to be told of. */
export function attentionsIn({ folder, names }: Ledger): AttentionEventRecord[] {
  return ATTENTIONS.filter((name) => names.includes(name)).flatMap(
    (name) => presentIn(readRecord(`${folder}/${name}`, (text) => decodeJson(AttentionEventRecord, text))) ?? [],
  );
}

/** Records that a live run needs a decision. The first record of each attention counts. */
export function recordAttention(dir: string, runId: string, attention: Attention, evidence: string): void {
  const record: AttentionEventRecord = { v: 1, at: Date.now(), attention, evidence };
  createRecord(`${runPaths(dir, runId).notify}/${attention}`, encodeJson(record));
}

/**
 * How a delivery stands.
 * @param key `<number of the target>.<event>`
 */
export function standingOf(ledger: Ledger, key: string, scope: PidScope, now: number): Standing {
  const { folder, names } = ledger;
  const end = names.includes(key)
    ? presentIn(readRecord(`${folder}/${key}`, (text) => decodeJson(DeliveryEndRecord, text)))
    : undefined;
  if (end !== undefined) return { kind: 'over', end };
  const tries = lastTry(ledger, key);
  const failures = failuresIn(ledger, key);
  if (tries === 0) return { kind: 'due', tries, failures, leftMs: 0, firstAt: undefined };
  const firstAt = tryOf(ledger, key, 1)?.at;
  const failure = presentIn(
    readRecord(`${folder}/${key}.${tries}.failed`, (text) => decodeJson(FailedTryRecord, text)),
  );
  if (failure !== undefined) {
    const left = leftMs(failure.at, failures, failure.retryAfterMs, now);
    return { kind: 'due', tries, failures, leftMs: left, firstAt, why: failure.why };
  }
  const began = tryOf(ledger, key, tries);
  if (began !== undefined && isBeingMade(began, scope, now)) return { kind: 'trying', tries };
  // Whoever made it was killed. It may have been delivered: twice is better than never.
  return { kind: 'due', tries, failures, leftMs: 0, firstAt, why: 'it was interrupted' };
}

/** Of a process that cannot be seen from here only the time counts. A clock that was set back says that it is long ago. */
function isBeingMade({ at, identity, scope: theirs }: DeliveryTryRecord, scope: PidScope, now: number): boolean {
  const age = now - at;
  if (age < 0 || age > LONGEST_TRY_MS) return false;
  return theirs.bootId === scope.bootId && theirs.pidNamespace === scope.pidNamespace ? isAlive(identity) : true;
}

function lastTry({ names }: Ledger, key: string): number {
  const prefix = `${key}.`;
  const numbers = names.flatMap((name) => {
    const rest = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^[1-9]\d{0,5}$/.test(rest) ? [Number(rest)] : [];
  });
  return Math.max(0, ...numbers);
}

/** The pauses grow with these alone: a resident that is killed again and again is no reason to wait for half an hour. */
function failuresIn({ names }: Ledger, key: string): number {
  return names.filter((name) => name.startsWith(`${key}.`) && name.endsWith('.failed')).length;
}

function tryOf({ folder }: Ledger, key: string, n: number): DeliveryTryRecord | undefined {
  return presentIn(readRecord(`${folder}/${key}.${n}`, (text) => decodeJson(DeliveryTryRecord, text)));
}

/** Claims the n-th try. False if somebody else has it. */
export function claimTry({ folder }: Ledger, key: string, n: number, identity: Identity, scope: PidScope): boolean {
  const { bootId, pidNamespace } = scope;
  const record: DeliveryTryRecord = { v: 1, at: Date.now(), identity, scope: { bootId, pidNamespace } };
  return createRecord(`${folder}/${key}.${n}`, encodeJson(record));
}

/** Records that the n-th try has failed. */
export function recordFailure(
  { folder }: Ledger,
  key: string,
  n: number,
  { why, retryAfterMs }: Extract<DeliveryResult, { kind: 'failed' }>,
): void {
  const record: FailedTryRecord = { v: 1, at: Date.now(), why, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  createRecord(`${folder}/${key}.${n}.failed`, encodeJson(record));
}

/** Records that the delivery is over. */
export function recordEnd(
  { folder }: Ledger,
  key: string,
  state: DeliveryEndRecord['state'],
  tries: number,
  why?: string,
): void {
  const record: DeliveryEndRecord = { v: 1, at: Date.now(), state, tries, ...(why !== undefined && { why }) };
  createRecord(`${folder}/${key}`, encodeJson(record));
}
