import { presentIn, readQueued } from '@pm/protocol/fs';
import type { RunSpec } from '@pm/wrapper';
import type { AskedStart } from '../admit/start-call.ts';
import { viewOfQueued } from '../queue/queued-view.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import type { Answer } from '../shape/answer.ts';
import { isSameCommand } from './free-name.ts';

/** The answer to a start of a step that waits for its turn. The same command again is no error, as with a run that is running. */
export async function alreadyQueued(spec: RunSpec, input: AskedStart): Promise<Answer> {
  const { dir, step, argv, cwd } = spec;
  const record = presentIn(readQueued(dir, step));
  if (record === undefined) {
    const message = `a run of ${step} waits for its turn, but its record cannot be read`;
    return { runs: [], refusal: { kind: 'already-running', message }, next: [] };
  }
  const view = await viewOfQueued(dir, record);
  const next = nextCallsFor(view, input.dir);
  if (record.cwd === cwd && isSameCommand(record.argv, argv)) return { runs: [view], alreadyRunning: true, next };
  const message = `${step} waits for its turn with another command: ${record.argv.join(' ').slice(0, 200)}`;
  return { runs: [view], refusal: { kind: 'already-running', message }, next };
}
