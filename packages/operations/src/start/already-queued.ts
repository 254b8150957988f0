import { readQueued } from '@pm/protocol/fs';
import { hasTurnBegun, type RunSpec } from '@pm/wrapper';
import type { AskedStart } from '../admit/start-call.ts';
import { settle } from '../queue/keep-in-line.ts';
import { viewOfQueued } from '../queue/queued-view.ts';
import { whyQueuedUnreadable } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import type { Answer } from '../shape/answer.ts';
import { isSameCommand } from './free-name.ts';

/**
 * The answer to a start of a step that waits for its turn. The same command again is no error, as with a run that is running.
 * @returns undefined if it waits no longer
 */
export async function alreadyQueued(spec: RunSpec, input: AskedStart): Promise<Answer | undefined> {
  const { dir, step, argv, cwd } = spec;
  const reading = readQueued(dir, step);
  if (reading.kind === 'absent') return undefined;
  if (reading.kind !== 'present')
    return {
      runs: [],
      refusal: { kind: 'already-running', message: whyQueuedUnreadable(dir, step, reading) ?? '' },
      next: [],
    };
  const record = reading.value;
  if (hasTurnBegun(dir, record.id)) {
    await settle(dir, record);
    return undefined;
  }
  const view = await viewOfQueued(dir, record);
  const next = nextCallsFor(view, input.dir);
  if (record.cwd === cwd && isSameCommand(record.argv, argv)) return { runs: [view], alreadyRunning: true, next };
  const message = `${step} waits for its turn with another command: ${record.argv.join(' ').slice(0, 200)}`;
  return { runs: [view], refusal: { kind: 'already-running', message }, next };
}
