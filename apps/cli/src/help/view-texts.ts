import type { ViewName } from '../call/verbs.ts';
import { columns, wrap } from '../text/columns.ts';

/** What the help, the completions and the reference say about a verb that is no operation. */
interface ViewText {
  readonly summary: string;
  readonly usage: string;
  readonly options: readonly (readonly [name: string, what: string])[];
  readonly about: readonly string[];
  readonly examples: readonly (readonly [call: string, what: string])[];
}

export const VIEW_TEXTS: Readonly<Record<ViewName, ViewText>> = {
  top: {
    summary: 'Show all your runs in the terminal as they change; read their logs, stop and extend them.',
    usage: 'pm top [options]',
    options: [
      ['--dir <value>', 'Only the runs of this directory. Default: of every directory you have started runs in.'],
    ],
    about: [
      'Press ? for the keys, q to leave. The runs go on without it. It needs a terminal; elsewhere use pm ls --everywhere.',
    ],
    examples: [
      ['pm top', 'show the runs of all your projects'],
      ['pm top --dir .pm', 'show the runs of this project'],
    ],
  },
};

/** The help page of such a verb. */
export function viewText(name: ViewName): string {
  const { summary, usage, options, about, examples } = VIEW_TEXTS[name];
  const lines = [
    ...wrap(`pm ${name}: ${summary}`, 80),
    '',
    `usage: ${usage}`,
    '',
    ...about.flatMap((paragraph) => wrap(paragraph, 80)),
    '',
    'options:',
    ...columns([...options, ['-h, --help', 'Show this page.']], 21),
    '',
    'examples:',
    ...examples.flatMap(([call, what]) => [`  ${call}`, `      ${what}`]),
  ];
  return `${lines.join('\n')}\n`;
}
