import type { InitAnswer } from '@pm/operations';
import { oneLine, plain } from '../../text/plain-text.ts';
import { quote } from '../../text/shell-words.ts';
import type { RenderedText, Style } from '../../text/style.ts';
import { nextCall } from '../next-call.ts';

/** What was written and where each step comes from. A dry run prints the file itself to stdout. */
export function renderInit(answer: InitAnswer, style: Style): RenderedText {
  const { file, content, written, steps, next, changes } = answer;
  if (changes !== undefined) return renderHost({ ...answer, changes }, style);
  if (!written) return { out: content, err: `pm: dry run: ${oneLine(file)} was not written\n` };
  const taken = steps.map(
    ({ step, command, cwd, from }) =>
      `  ${oneLine(`${step}: ${command.map(quote).join(' ')}${cwd === undefined ? '' : ` in ${cwd}`} (${from})`)}`,
  );
  const none = 'it has no steps yet: no tests and no build were found here';
  const calls = next.map((call) => `next: ${nextCall(call, style.invocation)} (${oneLine(call.why)})`);
  const lines = [`wrote ${oneLine(file)}`, ...(taken.length === 0 ? [none] : taken), ...calls];
  return { out: lines.map((line) => `${line}\n`).join(''), err: '' };
}

type Change = NonNullable<InitAnswer['changes']>[number];

/** The files of a coding agent: before they are written each line that comes or goes, afterwards their names. */
function renderHost(answer: InitAnswer & { changes: readonly Change[] }, style: Style): RenderedText {
  const { changes, written, notes = [], next } = answer;
  const files = changes.flatMap((change) => (written ? [doneLine(change)] : [planLine(change), ...linesOf(change)]));
  const calls = next.map((call) => `next: ${nextCall(call, style.invocation)} (${oneLine(call.why)})`);
  const lines = [...files, ...notes.map((note) => `note: ${oneLine(note)}`), ...calls];
  return { out: lines.map((line) => `${line}\n`).join(''), err: next.length > 0 ? 'pm: nothing was written\n' : '' };
}

function doneLine({ file, action, why }: Change): string {
  const done = { create: 'wrote', change: 'changed', delete: 'removed', keep: 'kept' }[action];
  return `${done} ${oneLine(file)}${why === undefined ? '' : `: ${oneLine(why)}`}`;
}

function planLine(change: Change): string {
  const { file, action, line, why } = change;
  if (action === 'keep') return doneLine(change);
  const what = { create: 'new file', change: `from line ${line}`, delete: 'the file is removed' }[action];
  return `${oneLine(file)}: ${what}${why === undefined ? '' : `; ${oneLine(why)}`}`;
}

function linesOf({ removed = [], added = [] }: Change): string[] {
  return [...removed.map((line) => `- ${plain(line)}`), ...added.map((line) => `+ ${plain(line)}`)];
}
