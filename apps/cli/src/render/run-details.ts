import { formatDuration, type RunView } from '@pm/operations';
import { attentionOf, cpuLabel, elapsedLabel, memoryLabel, remainingLabel, runName } from '@pm/operations/words';
import { oneLine } from '../text/plain-text.ts';
import { quote } from '../text/shell-words.ts';
import { type Part, paint, type Style } from '../text/style.ts';
import { breakerOfRun } from './breaker.ts';
import { tailLines } from './log.ts';
import {
  attemptOf,
  limitOf,
  logOf,
  progressOf,
  readyEvidenceOf,
  resultOf,
  survivorsOf,
  suspectsOf,
} from './run-fields.ts';
import { colouredState, stateGlyph } from './run-label.ts';

/** Everything that is known about one run, one line per fact. */
export function runDetails(run: RunView, style: Style): string[] {
  const head: Part[] = [
    ...(style.person ? [stateGlyph(run)] : []),
    `${runName(run)} `,
    colouredState(run),
    ` ${elapsedLabel(run)}`,
  ];
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ['evidence', run.evidence],
    ['attention', run.attention && (attentionOf(run) ?? run.attention)],
    ['attempt', attemptOf(run)?.replace(/^attempt /, '')],
    ['ready', readyDetail(run)],
    ['progress', progressOf(run)],
    ['remaining', remainingLabel(run)],
    ['usually', run.usualMs === undefined ? undefined : formatDuration(run.usualMs)],
    ['uses', usesOf(run)],
    ['reason', run.reason],
    ['advice', run.advice],
    ['breaker', breakerOfRun(run, style)?.replace(/^breaker /, '')],
    ['limit', limitOf(run, style)?.replace(/^limit /, '')],
    [run.state === 'queued' ? 'queued' : 'started', style.clock(run.startedAt)],
    ['ended', run.endedAt === undefined ? undefined : style.clock(run.endedAt)],
    ['command', run.command?.map((word) => quote(oneLine(word))).join(' ')],
    ['cwd', run.cwd],
    ['pid', run.pid?.toString()],
    ['port', run.port?.toString()],
    ['run', run.id],
    ['log', logOf(run)?.replace(/^log /, '')],
    ['result', resultOf(run)?.replace(/^result /, '')],
    ['survivors', survivorsOf(run)?.replace(/^left running: /, '')],
    ['suspects', suspectsOf(run)?.replace(/^may be left running: /, '')],
    ...notificationLines(run, style).map((line) => ['notify', line] as const),
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [paint([{ text: `  ${name.padEnd(9)} `, tone: 'dim' }, value], style)],
  );
  return [paint(head, style), ...lines, ...tailLines(run.tail)];
}

/** `98% CPU on average, 1.2 GiB of memory, 3 processes` */
function usesOf(run: RunView): string | undefined {
  const { usage } = run;
  if (usage === undefined) return undefined;
  const cpu = cpuLabel(run);
  const processes = usage.processes === 1 ? '1 process' : `${usage.processes} processes`;
  return [cpu && `${cpu} CPU on average`, `${memoryLabel(run)} of memory`, processes].filter(Boolean).join(', ');
}

/** `after 1.2s: 127.0.0.1:3000 accepts connections`, or `no: 127.0.0.1:3000: connection refused`. */
function readyDetail(run: RunView): string | undefined {
  const { ready, readyMs } = run;
  if (ready === undefined) return undefined;
  const evidence = readyEvidenceOf(run) ?? '';
  if (!ready) return `no: ${evidence}`;
  return `${readyMs === undefined ? 'yes' : `after ${formatDuration(readyMs)}`}: ${evidence}`;
}

/** One line for each target of a run: `team (webhook): told at 09:43`. */
function notificationLines({ notifications = [] }: RunView, style: Style): string[] {
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
