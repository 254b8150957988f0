// The figures as Markdown.
import { STORIES } from './stories.mjs';

export function storyTable(rows) {
  const ways = [...new Set(rows.map(({ way }) => way))];
  const cell = (way, story) => {
    const row = rows.find((one) => one.way === way && one.story === story);
    if (row === undefined) return '–';
    if (row.failed !== undefined) return row.failed;
    const tools = row.toolBytes > 0 ? ` + ${kB(row.toolBytes)}` : '';
    return `${row.calls} calls, ${row.polls} polls, ${kB(row.messageBytes)}${tools} kB`;
  };
  return table(
    ['story', ...ways],
    STORIES.filter((story) => rows.some((row) => row.story === story)).map((story) => [
      story,
      ...ways.map((way) => cell(way, story)),
    ]),
  );
}

/** Per way to start and to end: how many endings a model heard, by which way, and what was lost or killed. */
export function killTable(rows) {
  const starts = [...new Set(rows.map(({ start }) => start))];
  const ends = [...new Set(rows.map(({ end }) => end))];
  const cell = (start, end) => {
    const mine = rows.filter((row) => row.start === start && row.end === end);
    if (mine.length === 0) return '–';
    const count = Object.groupBy(mine, ({ state, by }) => (state === 'told' ? by : `**${state}**`));
    return Object.entries(count)
      .map(([what, { length }]) => `${length} ${what}`)
      .join(', ');
  };
  const bad = (end) => {
    const mine = rows.filter((row) => row.end === end);
    return `${mine.filter(({ state }) => state !== 'told').length} of ${mine.length}`;
  };
  return table(
    ['the host ends by', ...starts, 'not told'],
    ends.map((end) => [end, ...starts.map((start) => cell(start, end)), bad(end)]),
  );
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function kB(bytes) {
  return (bytes / 1_000).toFixed(1);
}

/** What `pm init --host` has set up. */
export function initTable(rows) {
  const lines = rows.map(({ what, failed, why, listed, ms, line, left }) => {
    const seen = failed !== undefined ? `**${failed}**: ${why?.split('\n')[0] ?? ''}` : (line ?? listed);
    return `| ${what} | ${seen} | ${ms === undefined ? '' : `${(ms / 1_000).toFixed(1)} s`} | ${left?.length ?? ''} |`;
  });
  return [
    '| set up by pm init | seen | after the end | files left after --remove |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}
