import { identify } from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import { markWaiting } from '@pm/protocol/fs';
import { withNews } from '../elsewhere/news-follower.ts';

/** Does something that waits for the ends of these runs and tells them. Meanwhile nobody prunes their records. */
export async function whileWaiting<T>(dir: string, runs: readonly RunRecord[], work: () => Promise<T>): Promise<T> {
  const self = identify(process.pid);
  const marks = self === undefined ? [] : runs.map(({ id }) => markWaiting(dir, id, self));
  try {
    return await withNews(dir, work);
  } finally {
    for (const remove of marks) remove();
  }
}
