import { randomBytes } from 'node:crypto';
import { isRunId, newRunId, type QueuedRecord } from '@pm/protocol';
import { PRIORITY } from '@pm/queue';
import type { Config } from '../config/config.ts';
import { policyOf } from '../config/policy-of.ts';
import { envToKeep } from '../elsewhere/travelling.ts';
import type { Context } from '../project/context.ts';
import { ownerOf } from '../project/owner.ts';
import { type StartInput, type StartRequest, startRequestOf } from '../project/start-request.ts';
import { askedAtTurn, packEnv } from '../queued/queued-call.ts';
import type { BatchLine } from './batch-lines.ts';

/** What is the same for all lines of a batch. */
export interface LineDefaults {
  readonly dir: string;
  readonly config: Config | undefined;
  /** Options of the call. Those of a line win over them. */
  readonly options: StartInput;
}

/** The start that a line is, completed from the configuration. */
export function requestOf(line: BatchLine, step: string, { dir, config, options }: LineDefaults): StartRequest {
  const own = Object.fromEntries(Object.entries(line.options).filter(([, value]) => value !== undefined));
  return startRequestOf({ ...options, ...own, step, command: line.command, cwd: line.cwd }, config, dir);
}

/** Makes the records with which lines wait. The environment of the caller is packed once. */
export function recordMaker(
  defaults: LineDefaults,
  batch: { readonly id: string; readonly queue: { readonly name: string; readonly folder: string } },
  context: Context,
): (line: BatchLine, step: string) => QueuedRecord {
  const { env } = context;
  const owner = ownerOf(context);
  const pack = (all: Context['env']): string => packEnv(envToKeep(all, batch.queue, defaults.config));
  const packed = pack(env);
  const parent = env['PM_RUN_ID'] ?? '';
  return (line, step) => {
    const request = requestOf(line, step, defaults);
    return {
      v: 1,
      id: newRunId(Date.now(), randomBytes(10)),
      step,
      argv: [...line.command],
      cwd: line.cwd,
      createdAt: Date.now(),
      policy: policyOf(request),
      owner,
      ...(isRunId(parent) && { parent }),
      ...(request.split === true && { split: true }),
      queue: { ...batch.queue, priority: request.priority ?? PRIORITY.usual },
      batch: { id: batch.id, key: line.key },
      asked: askedAtTurn(request, env['PM_CGROUP'] === 'off'),
      umask: process.umask(),
      env: line.env === undefined ? packed : pack({ ...env, ...line.env }),
    };
  };
}
