import { EXIT_CODES } from '../call/exit-codes.ts';
import { columns } from '../text/columns.ts';
import { ENVIRONMENT, OF_THE_JOB } from './environment.ts';

/** The text of `pm --help`. */
export function overviewText(verbs: readonly (readonly [name: string, summary: string])[]): string {
  const statuses = Object.values(EXIT_CODES).map(([status, when]) => [String(status), when] as const);
  const lines = [
    'pm (Process Monitor) starts a command in the background and tells how it ended.',
    '',
    'Getting started:',
    '  pm start train -- python train.py    start it; it survives a closed terminal',
    '  pm wait train                        wait for it; one line says how it ended',
    '  pm ls                                list runs',
    '  pm logs train                        show the end of its output',
    '  pm stop train                        stop it and every process it started',
    '',
    'Verbs (pm <verb> --help shows the options):',
    ...columns(verbs, 8),
    '',
    'pm --host user@gpu:/srv/train <verb> … makes the call on another host, over ssh.',
    'pm completion bash|zsh|fish prints the completions for your shell.',
    '',
    'A step is the name of a piece of work. train~1 is its previous run.',
    'Durations: 500ms 30s 10m 2h 1d. Sizes: 4096 64KiB 256MiB. Every verb has --json.',
    '',
    'Exit codes: run, wait and start --wait end with the exit code of the command',
    "(128+n for signal n). The codes below are pm's own. For several runs, the first",
    'code that is not 0 counts:',
    ...columns(statuses, 6),
    'A wait ended by a signal exits with 130 (INT) or 143 (TERM); the job goes on.',
    '',
    'Environment:',
    ...columns(ENVIRONMENT, 12),
    '',
    'pm sets these variables for a job:',
    ...columns(OF_THE_JOB, 12),
  ];
  return `${lines.join('\n')}\n`;
}
