import { runName } from '@pm/operations/words';
import { plain } from '../../text/plain-text.ts';
import { paint, type Style } from '../../text/style.ts';
import { allLines, beginningOf, textIn } from '../state/log-lines.ts';
import type { TableRow } from '../state/rows.ts';
import type { LogPane, TopState } from '../state/state.ts';
import type { StyledText } from '../state/styled-text.ts';
import { clip } from './clip.ts';

/** So many rows of the log of this run. */
export function logRows(state: TopState, row: TableRow, style: Style, height: number): string[] {
  const { columns } = state.size;
  const log = state.log?.key === row.key ? state.log : undefined;
  const say = (text: string): string => paint([{ text, tone: 'dim' }], style, columns);
  if (log === undefined) return [say('reading the log …')];
  const lines = allLines(log.lines);
  if (lines.length === 0) return [say(log.about ?? 'no output')];
  const isFollowed = log.top === undefined || state.mode === 'table';
  const top = isFollowed ? Math.max(0, lines.length - height) : (log.top ?? 0);
  return lines
    .slice(top, top + height)
    .map((line) => clip(painted(line, log.search, style), columns, state.mode === 'log' ? log.left : 0));
}

/** Where one is in the log. */
export function logTitle(log: LogPane | undefined, row: TableRow): string {
  const name = `log of ${runName(row.view)}`;
  if (log === undefined || log.key !== row.key) return name;
  const count = allLines(log.lines).length;
  const isFromStart = beginningOf(log.lines).from === 0;
  const isWhole = isFromStart && !log.lines.isEndDropped;
  const where =
    log.top === undefined
      ? row.view.state === 'ended'
        ? 'its end'
        : 'followed'
      : `line ${log.top + 1} of ${count}${isWhole ? '' : ' that are loaded'}`;
  const search = log.search === '' ? '' : ` · search ${plain(log.search)}`;
  const earlier = isFromStart || log.top !== 0 ? '' : ' · up loads earlier lines';
  const about = log.about === undefined || count === 0 ? '' : ` · ${log.about}`;
  return `${name} · ${where}${search}${earlier}${about}`;
}

/** A line with its colours, and what was searched for underlined. */
function painted(line: StyledText, search: string, style: Style): string {
  const text = textIn(line);
  const at = search === '' ? -1 : text.toLowerCase().indexOf(search.toLowerCase());
  if (!style.colour)
    return at < 0
      ? text
      : `${text.slice(0, at)}[${text.slice(at, at + search.length)}]${text.slice(at + search.length)}`;
  if (at >= 0)
    return `${text.slice(0, at)}\u001b[7m${text.slice(at, at + search.length)}\u001b[27m${text.slice(at + search.length)}`;
  return line
    .map((piece) => (piece.colours === '' ? piece.text : `\u001b[${piece.colours}m${piece.text}\u001b[0m`))
    .join('');
}
