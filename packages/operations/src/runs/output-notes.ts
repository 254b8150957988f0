import { resolve } from 'node:path';
import { cutMiddle, failureIn, maskedStatus, unansweredQuestion, unexpandedWord, wordToGoOn } from '@pm/output';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import { wasInSandbox } from '../project/sandbox.ts';
import type { RunView } from '../shape/answer.ts';
import { endOfLog } from './log-tail.ts';
import { stepRefOf } from './next-calls.ts';

/** A program that was asked to go on and has ended sooner than this has most likely found its standard input empty. */
const SOON_MS = 15_000;
const SHOWN_BYTES = 120;

// Why: contributing/decisions/2026-11-29-notes-on-a-doubtful-success.md
/** Facts about a run that has ended which its outcome hides, one sentence each. */
export function notesAbout(runs: readonly RunView[]): string[] {
  return runs.flatMap((run) => {
    if (run.state !== 'ended' || run.outcome === 'cancelled') return [];
    if (run.outcome === 'lost') return lostNote(run) ?? [];
    const text = endOfLog(run.logFile ?? '');
    const notes = [
      questionNote(text),
      literalNote(run),
      ...(run.outcome === 'success' ? [statusNote(run, text), watchNote(run)] : []),
    ];
    return notes.flatMap((note) => (note === undefined ? [] : [`${stepRefOf(run)}: ${note}`]));
  });
}

/** A run that is lost with its sandbox would be lost again. */
function lostNote(run: RunView): string | undefined {
  const record = recordOf(run);
  if (record === undefined || record.mirror !== undefined || !wasInSandbox(record)) return undefined;
  const how = 'Start it outside, as the tool start_run does, or keep one call open with --wait';
  return `${stepRefOf(run)}: it was started in a sandbox or container, which ends its jobs when it ends. ${how}`;
}

function questionNote(text: string): string | undefined {
  const question = unansweredQuestion(text);
  if (question === undefined) return undefined;
  return `its output ends with a question, "${question}", and nobody answered: a run reads nothing from standard input. Use an option such as --yes`;
}

function statusNote({ command = [] }: RunView, text: string): string | undefined {
  const masked = maskedStatus(command);
  if (masked === undefined) return undefined;
  const failure = failureIn(text.split('\n'));
  if (!masked.isLikelyUnintended && failure === undefined) return undefined;
  const said = failure === undefined ? '' : `. Its log says: "${cutMiddle(failure.trim(), SHOWN_BYTES)}"`;
  const { command: last } = masked;
  switch (masked.kind) {
    case 'pipeline':
      return `this success comes from "${last}" alone, the end of a pipeline. With bash -o pipefail -c an earlier failure counts too${said}`;
    case 'always-succeeds':
      return `its script ends with "${last}", which succeeds whatever happened before${said}`;
    case 'background':
      return `its script leaves "${last}" in the background and ends: this success says nothing about it${said}`;
    case 'sequence':
      return `this success comes from "${last}" alone, the last command of the script. With sh -ec an earlier failure counts too${said}`;
  }
}

function literalNote({ command = [], outcome }: RunView): string | undefined {
  const word = unexpandedWord(command, outcome === 'success' ? 'variable' : 'any');
  if (word === undefined) return undefined;
  return `its command got ${cutMiddle(word, SHOWN_BYTES)} as it is written: no shell reads this command. Use sh -c, or write the value`;
}

function watchNote(run: RunView): string | undefined {
  const word = wordToGoOn(run.command ?? []);
  if (word === undefined || run.elapsedMs > SOON_MS) return undefined;
  const usually = `a command with "${word}" usually goes on until it is stopped`;
  if (recordOf(run)?.stdin === 'open') return usually;
  return `${usually}. Some end when their standard input is empty, as it is in a run: --stdin open gives it one that never ends`;
}

function recordOf({ id, logFile = '' }: RunView): RunRecord | undefined {
  return id === undefined ? undefined : presentIn(readRunRecord(resolve(logFile, '../../..'), id));
}
