import { existsSync } from 'node:fs';
import type { PlannedTarget, TargetSecrets } from '@pm/protocol';
import type { Facts } from '../message/facts.ts';
import { variablesOf } from '../message/variables.ts';
import { queueForCodex } from './codex.ts';
import { type DeliveryResult, failed } from './delivery-result.ts';
import { showOnDesktop } from './desktop.ts';
import { runProgram } from './run-program.ts';
import { postWebhook } from './webhook.ts';

export interface DeliverOptions {
  readonly signal: AbortSignal;
  /** Name and version of the program, for receivers. */
  readonly program: string;
}

/** Makes one try to tell a target. Never throws. */
export async function deliver(
  target: PlannedTarget,
  secrets: Partial<TargetSecrets> | undefined,
  facts: Facts,
  { signal, program }: DeliverOptions,
): Promise<DeliveryResult> {
  const { url, secret, env = {} } = secrets ?? {};
  switch (target.kind) {
    case 'webhook':
      if (url === undefined) return failed('its address is not on record', true);
      return postWebhook(facts, { url, secret, signal, userAgent: program.replace(/[^ -~]/g, '').replace(' ', '/') });
    case 'desktop':
      return showOnDesktop(facts, { env, signal });
    case 'codex':
      if (target.thread === undefined) return failed('the run was not started by a thread of Codex', true);
      return queueForCodex(facts, { thread: target.thread, env, signal });
    case 'command': {
      const { argv = [], cwd = '/' } = target;
      // A project may be deleted before its last run is told of.
      return runProgram(argv, { cwd: existsSync(cwd) ? cwd : '/', env: { ...env, ...variablesOf(facts) }, signal });
    }
  }
}
