import type { RunView } from '@pm/operations';
import { oneLine } from '../text/plain-text.ts';
import type { Style } from '../text/style.ts';

/** One line for each target of a run: `team (webhook): told at 09:43`. */
export function notificationLines({ notifications = [] }: RunView, style: Style): string[] {
  return notifications.map((one) => `${oneLine(one.target)} (${one.kind}): ${standing(one, style)}`);
}

type Notification = NonNullable<RunView['notifications']>[number];

function standing({ state, event, tries, at, nextAt, why }: Notification, style: Style): string {
  const about = event === undefined || event === 'ended' ? '' : ` that it is ${event}`;
  const reason = why === undefined ? '' : ` (${oneLine(why)})`;
  switch (state) {
    case 'waiting':
      return 'is told when it ends';
    case 'delivered':
      return `was told${about}${at === undefined ? '' : ` at ${style.clock(at)}`}${tries > 1 ? `, by try ${tries}` : ''}`;
    case 'failed':
      return `was not told${about}${reason}${tries > 0 ? `, given up after ${tries === 1 ? '1 try' : `${tries} tries`}` : ''}`;
    case 'unneeded':
      return `need not be told${about}${reason}`;
    case 'open':
      if (tries === 0 || nextAt === undefined) return `is told now${about}`;
      return `was not told yet${about}: try ${tries} failed${reason}, the next is due at ${style.clock(nextAt)}`;
  }
}
