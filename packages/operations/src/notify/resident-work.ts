import { type ResidentWork, troublesOf } from '@pm/monitor';
import { openCourier } from '@pm/notify';
import { plainText } from '@pm/output';
import { type RunRecord, runPaths } from '@pm/protocol';
import { logTail } from '../runs/log-tail.ts';

/** What the resident monitor does beside judging: it tells people how runs ended, and of live runs that need a decision. */
export function residentWork(dir: string, options: { signal: AbortSignal; program: string }): ResidentWork {
  const courier = openCourier(dir, { ...options, logOf });
  return {
    isLeft: courier.isLeft,
    turn: (event) => {
      if (event?.type === 'look')
        for (const { attention, evidence } of troublesOf(event.look.observation, event.run.policy))
          courier.needsDecision(event.run, attention, evidence);
      else if (event?.type === 'attention')
        courier.needsDecision(event.run, event.trouble.attention, event.trouble.evidence);
      else courier.turn();
    },
  };
}

/** As `wait` quotes it of a failure: at most 1.4 kB, without control characters. */
function logOf(dir: string, { id, split }: RunRecord): string {
  const { log, errors } = runPaths(dir, id);
  return plainText((split === true && logTail(errors, 'one').text) || logTail(log, 'one').text, {
    invisible: 'remove',
  });
}
