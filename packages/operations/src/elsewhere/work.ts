import { hostname } from 'node:os';
import { isAbsolute, relative } from 'node:path';
import { Policy, type QueuedRecord, RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import { Label } from '../shape/start-fields.ts';

const text = z.string().check(z.maxLength(4_096));

/** What a worker on another host needs to run an entry. Everybody who can read the queue can read it, so it has no secrets. */
export const Work = z.looseObject({
  v: z.literal(1),
  argv: z.array(z.string().check(z.maxLength(131_072))).check(z.minLength(1), z.maxLength(10_000)),
  /** Where it runs: relative to the folder of the worker, or absolute. */
  cwd: text,
  /** The same as an absolute path on the host of the submitter. */
  from: text,
  createdAt: z.number(),
  policy: Policy,
  /** Only variables that the queue allows. */
  env: z.record(z.string(), z.string()),
  owner: RunRecord.shape.owner,
  /** The host of the submitter. */
  host: text,
  split: z.optional(z.boolean()),
  ready: RunRecord.shape.ready,
  readyTimeoutMs: RunRecord.shape.readyTimeoutMs,
  port: z.optional(z.union([z.literal('auto'), z.number().check(z.int(), z.gte(1), z.lte(65_535))])),
  skipChecks: z.optional(z.boolean()),
  labels: z.optional(z.array(Label).check(z.maxLength(20))),
});
export type Work = z.infer<typeof Work>;

/**
 * What travels of a run that waits.
 * @param home the folder of the project: a working directory inside of it is the same folder inside of the worker's
 * @param env the variables that travel
 */
export function workOfRecord(record: QueuedRecord, home: string, env: Readonly<Record<string, string>>): Work {
  const { argv, cwd, createdAt, policy, owner, split, ready, readyTimeoutMs, asked } = record;
  return {
    v: 1,
    argv,
    cwd: insideOf(home, cwd),
    from: cwd,
    createdAt,
    policy,
    env,
    owner: { user: owner.user, ...(owner.session !== undefined && { session: owner.session }) },
    host: hostname(),
    ...(split === true && { split }),
    ...(ready !== undefined && { ready }),
    ...(readyTimeoutMs !== undefined && { readyTimeoutMs }),
    ...(asked.port !== undefined && { port: asked.port }),
    ...(asked.skipChecks === true && { skipChecks: true }),
    ...(asked.labels !== undefined && { labels: asked.labels }),
  };
}

/** A path relative to a folder; absolute if it is not inside. */
function insideOf(folder: string, path: string): string {
  const way = relative(folder, path);
  return way === '..' || way.startsWith('../') || isAbsolute(way) ? path : way === '' ? '.' : way;
}
