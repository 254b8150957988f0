import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { PmError, type QueuedRecord } from '@pm/protocol';
import type { RunSpec } from '@pm/wrapper';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';

/** The environment of a caller as a record keeps it. Half of the records of a run that waits is its environment, so it is deflated. */
export function packEnv(env: Context['env']): string {
  return deflateRawSync(JSON.stringify(env)).toString('base64');
}

/** An environment may be so large, bytes. Linux allows less. */
const MOST_ENV_BYTES = 16_777_216;

/**
 * The caller of a run that waited, as an operation needs it.
 * @param own the process that starts it
 * @throws PmError `not-supported` if the record holds no environment: it was changed
 */
export function callerOf(record: QueuedRecord, own: Context): Context {
  const { resident, program } = own;
  return {
    cwd: record.cwd,
    env: unpackEnv(record.env),
    signal: own.signal,
    ...(resident !== undefined && { resident }),
    ...(program !== undefined && { program }),
  };
}

/** @throws PmError `not-supported` if the text is no environment: the record was changed */
export function unpackEnv(packed: string): Context['env'] {
  try {
    const text = inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: MOST_ENV_BYTES }).toString('utf8');
    const variables = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(variables.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  } catch (cause) {
    throw new PmError('not-supported', 'The environment in its record cannot be read.', 'Start it again.', { cause });
  }
}

/** What a call said that is decided when its turn comes. */
export function askedAtTurn(
  { skipChecks, notify, label, rerun }: StartRequest,
  isUnconfined: boolean,
): QueuedRecord['asked'] {
  return {
    ...(label !== undefined && { labels: [...label] }),
    ...(rerun === 'if-lost' && { rerun: true }),
    ...(skipChecks === true && { skipChecks: true }),
    ...(notify !== undefined && { notify: [...notify] }),
    ...(isUnconfined && { unconfined: true }),
  };
}

/** What the wrapper needs to know of a run that waited. */
export function specOf(dir: string, record: QueuedRecord): RunSpec {
  const {
    id,
    step,
    argv,
    cwd,
    policy,
    owner,
    parent,
    split,
    stdin,
    ready,
    readyTimeoutMs,
    queue,
    batch,
    createdAt,
    asked,
  } = record;
  return {
    dir,
    step,
    argv,
    cwd,
    policy,
    owner,
    ...(parent !== undefined && { parent }),
    ...(split === true && { split }),
    ...(stdin !== undefined && { stdin }),
    ...(ready !== undefined && { ready }),
    ...(readyTimeoutMs !== undefined && { readyTimeoutMs }),
    ...(record.needs !== undefined && { needs: record.needs }),
    ...(record.forNeeds === true && { forNeeds: true }),
    ...(asked.unconfined === true && { unconfined: true }),
    turn: { id, queue: { name: queue.name, since: createdAt }, ...(batch !== undefined && { batch }) },
  };
}
