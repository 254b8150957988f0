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
  web: {
    summary: 'Serve a page for your browser that shows all your runs as they change.',
    usage: 'pm web [options]',
    options: [
      ['--port <n>', 'The port to listen on. Default: one that is always the same for you, or a free one.'],
      ['--read-only', 'The page only shows: it cannot start, stop or change anything.'],
      ['--open', 'Open the page in your browser.'],
      ['--json', 'Print the address as one line of JSON.'],
    ],
    about: [
      'It prints the address of the page, and serves it until a signal ends it. The runs go on without it. Only programs on this machine can connect. Whoever knows the address can start and stop commands as you, so keep it to yourself. The secret part of it is in web-key in your state folder; remove that file to get another one.',
    ],
    examples: [
      ['pm web', 'print the address of the page, and serve it'],
      ['pm web --open', 'open it in the browser too'],
      ['pm web --read-only --port 8123', 'for somebody who may look and no more'],
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
