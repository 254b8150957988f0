import type { OutcomeRecord } from '@pm/protocol';
import type { Verdict } from '../judge/decide.ts';
import type { Bell } from '../look/wake.ts';
import type { Watched } from '../look/watched-run.ts';
import { conclude, concludeByVerdict, order } from './conclude.ts';
import { continueWrapper } from './continue-wrapper.ts';
import { noteEvent } from './event-log.ts';
import { carryOut } from './terminate-run.ts';

/** Does what a verdict asks for. An outcome is returned once it is on disk; kills go on beside the watching and ring the bell. */
export function act(
  dir: string,
  watched: Watched,
  verdict: Verdict,
  by: string,
  bell: Bell,
): OutcomeRecord | undefined {
  const { run, look } = watched;
  if (watched.survived) return conclude(dir, run, { tree: look?.tree, by });
  switch (verdict.verdict) {
    case 'waiting':
      return undefined;
    case 'ended':
    case 'lost':
      return concludeByVerdict(dir, run, verdict, look?.tree, by);
    case 'continue-wrapper':
      continueWrapper(dir, run.id);
      return undefined;
    case 'order':
      if (order(dir, run.id, verdict.cause, by, verdict.evidence)) kill(dir, watched, by, bell);
      return undefined;
    case 'finish-kill':
      kill(dir, watched, by, bell);
      return undefined;
    default:
      return verdict satisfies never;
  }
}

function kill(dir: string, watched: Watched, by: string, bell: Bell): void {
  if (watched.acting) return;
  watched.acting = true;
  carryOut(dir, watched.run, { tree: watched.look?.tree, by })
    .then(({ survivors }) => {
      watched.survived = survivors.length > 0;
    })
    .catch((error) => noteEvent(dir, watched.run.id, by, 'kill-failed', { error: String(error) }))
    .finally(() => {
      watched.acting = false;
      watched.dueAtMs = 0;
      bell.ring();
    });
}
