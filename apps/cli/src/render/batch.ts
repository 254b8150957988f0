import { type BatchEnding, type BatchProgress, type BatchView, formatDuration, roughDuration } from '@pm/operations';
import { dotted, type Part, paint, type Style } from '../text/style.ts';

/** How many of the running lines are shown. */
const SHOWN = 8;

/** A line of a batch that has ended: `3/200 sweep-3 success in 1.2s`. */
export function batchEndingLine({ done, total }: BatchProgress, ended: BatchEnding, style: Style): string {
  const { step, outcome, exitCode, elapsedMs } = ended;
  const words = outcome === 'failed' && exitCode !== undefined ? `failed exit ${exitCode}` : outcome;
  const state: Part = { text: words, tone: outcome === 'success' ? 'good' : 'bad' };
  const time = elapsedMs === undefined ? '' : ` in ${formatDuration(elapsedMs)}`;
  return `${paint([`${done}/${total} ${step} `, state, time], style)}\n`;
}

/** The progress of a batch, for a terminal: its counts, rate and expected end, and below them what runs. No line is wider than the terminal. */
export function batchTable(progress: BatchProgress, style: Style): string[] {
  const { name, total, done, failed, running, why } = progress;
  const head = dotted([
    [`${name} ${done}/${total}`],
    `${running.length} running`,
    failed > 0 ? [{ text: `${failed} not successful`, tone: 'bad' }] : undefined,
    rateOf(progress),
    etaOf(progress),
    why,
  ]);
  const rows = running
    .slice(0, SHOWN)
    .map(({ step, elapsedMs }): Part[] => [
      { text: '  ● ', tone: 'live' },
      `${step} `,
      { text: roughDuration(elapsedMs), tone: 'dim' },
    ]);
  const more: Part[][] = running.length > SHOWN ? [[`  and ${running.length - SHOWN} more`]] : [];
  return [head, ...rows, ...more].map((parts) => paint(parts, style, style.columns - 1));
}

/** How many lines end in a second, a minute or an hour: `3.1/s`. */
export function rateOf({ endedNow, elapsedMs }: BatchProgress): string | undefined {
  if (endedNow === 0 || elapsedMs <= 0) return undefined;
  const units = [
    ['s', 1_000],
    ['min', 60_000],
    ['h', 3_600_000],
  ] as const;
  const [unit, ms] = units.find(([, each]) => (endedNow * each) / elapsedMs >= 1) ?? units[2];
  const rate = (endedNow * ms) / elapsedMs;
  return `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)}/${unit}`;
}

/** When all lines will have ended, if they go on ending at the same rate: `ETA 53s`. */
export function etaOf({ endedNow, elapsedMs, done, total }: BatchProgress): string | undefined {
  if (endedNow === 0 || done >= total) return undefined;
  return `ETA ${roughDuration(((total - done) * elapsedMs) / endedNow)}`;
}

/** The last line of a batch: `sweep 200 of 200 · 198 success, 2 failed · 1m04s · results in jobs.jsonl.results.jsonl`. */
export function batchSummary(batch: BatchView, style: Style): string {
  const { name, total, counts, before, left = 0, inLine = 0, stoppedAfter, elapsedMs, results } = batch;
  const ways = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  const later = left - inLine;
  return paint(
    dotted([
      `${name} ${total - left} of ${total}`,
      ways.join(', '),
      before === undefined ? undefined : `${before} of them before this call`,
      inLine > 0 ? `${inLine} still running or in line` : undefined,
      later > 0 ? `${later} not started` : undefined,
      stoppedAfter === undefined ? undefined : `stopped after ${failuresInARow(stoppedAfter)}`,
      formatDuration(elapsedMs),
      `results in ${results}`,
    ]),
    style,
  );
}

function failuresInARow(failures: number): string {
  return failures === 1 ? 'a failure' : `${failures} failures in a row`;
}
