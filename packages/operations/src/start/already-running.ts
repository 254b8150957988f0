import { cutMiddle } from '@pm/output';
import type { Policy, RunRecord } from '@pm/protocol';
import type { StartRequest } from '../project/start-request.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { isSameCommand } from './free-name.ts';

/** The answer to a start of a step that is running. Agents repeat a start after a compaction, so the same command again is no error. */
export function alreadyRunning(
  dir: string,
  step: string,
  input: Pick<StartRequest, 'command' | 'dir' | 'stdin' | 'port'>,
  { cwd, policy }: Pick<RunRecord, 'cwd' | 'policy'>,
  live: RunRecord | undefined,
): Answer {
  if (live === undefined) {
    return {
      runs: [],
      refusal: { kind: 'already-running', message: `${step} has a live run, but its record cannot be read` },
      next: [],
    };
  }
  const same = live.cwd === cwd && isSameCommand(live.argv, input.command, live.port);
  const view = viewNow(dir, live, 'pm start');
  const runs = [view];
  const next = nextCallsFor(view, input.dir);
  const notes = [
    ...(hasOtherPolicy(policy, live.policy) ? [KEEPS_ITS_OPTIONS] : []),
    ...(input.stdin === true ? [KEEPS_ITS_INPUT] : []),
    ...(input.port === undefined || input.port === 'auto' || input.port === live.port ? [] : [keepsItsPort(live)]),
  ];
  if (same)
    return {
      runs,
      alreadyRunning: true,
      ...(notes.length > 0 && { notes }),
      next,
    };
  const message = `${step} is already running another command: ${cutMiddle(live.argv.join(' '), 200)}`;
  const place = input.dir === undefined ? {} : { dir: input.dir };
  const stop: Next = { operation: 'stop', input: { steps: [step], ...place }, why: 'stop it first' };
  return { runs, refusal: { kind: 'already-running', message }, next: [...next, stop] };
}

const KEEPS_ITS_OPTIONS =
  'it is running already, with its original options; the options of this call were ignored. extend changes its limit';

const KEEPS_ITS_INPUT = 'it is already running, so it does not get the standard input of this call';

function keepsItsPort({ port }: RunRecord): string {
  return `it is already running, ${port === undefined ? 'without a port from pm' : `on port ${port}`}; the port of this call was ignored`;
}

function hasOtherPolicy(asked: Policy, begun: Policy): boolean {
  const names = new Set([...Object.keys(asked), ...Object.keys(begun)]);
  return [...names].some((name) => asked[name] !== begun[name]);
}
