import type { Attention } from '@pm/protocol';
import { forgetTold, toldOf } from '../finish/notified-troubles.ts';
import { type Trouble, troublesOf } from '../judge/attention.ts';
import type { Verdict } from '../judge/decide.ts';
import type { Look } from '../look/observe.ts';
import type { Watched } from '../look/watched-run.ts';

/** A full disk keeps the verdict from being recorded: said once, because until there is room nothing else will be heard of the run. */
export function newRefusal(dir: string, watched: Watched, verdict: Verdict): Trouble | undefined {
  const told = toldTo(dir, watched);
  if (told.has('disk-full')) return undefined;
  told.add('disk-full');
  const what =
    verdict.verdict === 'order'
      ? `${verdict.evidence}; but the order to end it cannot be written`
      : 'it has ended, but its outcome cannot be written yet';
  return { attention: 'disk-full', evidence: `${what}: the disk is full` };
}

/** Troubles that began since the last look and that nobody was told of; those that have passed are forgotten. */
export function newTroubles(dir: string, watched: Watched, look: Look): Trouble[] {
  const { run } = watched;
  const told = toldTo(dir, watched);
  const troubles = troublesOf(look.observation, run.policy);
  const { limitMs } = look.observation;
  for (const kind of told) {
    if (troubles.some(({ attention }) => attention === kind)) continue;
    // Two monitors count the time a little differently; near its limit a run stays until that is moved.
    if (kind === 'deadline' && limitMs === (watched.look?.observation.limitMs ?? limitMs)) continue;
    told.delete(kind);
    forgetTold(dir, run.id, kind);
  }
  const news = troubles.filter(({ attention }) => !told.has(attention));
  for (const { attention } of news) told.add(attention);
  return news;
}

/** A full disk is news to each watcher, as long as it lasts. */
function toldTo(dir: string, watched: Watched): Set<Attention> {
  watched.told ??= new Set(toldOf(dir, watched.run.id).filter((kind) => kind !== 'disk-full'));
  return watched.told;
}
