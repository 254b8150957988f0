import { EXIT_CODES } from '../call/exit-codes.ts';
import { columns } from '../text/columns.ts';
import { ENVIRONMENT, OF_THE_JOB } from './environment.ts';

/** The page one can learn pm from. */
export function overviewText(verbs: readonly (readonly [name: string, summary: string])[]): string {
  const statuses = Object.values(EXIT_CODES).map(([status, when]) => [String(status), when] as const);
  const lines = [
    'pm (Process Monitor): start a command, walk away, learn its true ending.',
    '',
    'The main job:',
    '  pm start train -- python train.py    it runs on, whatever happens to you',
    '  pm wait train                        one line when it has ended',
    '  pm ls                                what runs, what ended',
    '  pm logs train                        the end of its output',
    '  pm stop train                        end it, its whole tree',
    '',
    'Verbs (pm <verb> --help tells more):',
    ...columns(verbs, 8),
    '',
    'A step is the name of a piece of work; train~1 is its run before the last.',
    'Durations: 500ms 30s 10m 2h 1d. Sizes: 4096 64KiB 256MiB. Every verb has --json.',
    '',
    "Exit status: run, wait and start --wait end with the command's own (128+n for",
    "a signal). The others are pm's; of several runs, the first that is not 0:",
    ...columns(statuses, 6),
    'A wait that a signal ended is 130 (INT) or 143 (TERM); the job goes on.',
    '',
    'Environment:',
    ...columns(ENVIRONMENT, 12),
    '',
    'A job that wants to say more finds in its own environment:',
    ...columns(OF_THE_JOB, 12),
  ];
  return `${lines.join('\n')}\n`;
}
