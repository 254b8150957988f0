import type { Example } from '../call/examples.ts';
import type { ViewName } from '../call/verbs.ts';
import { columns, wrap } from '../text/columns.ts';

/** What the help, the completions and the reference say about a verb that is no operation. */
interface ViewText {
  readonly summary: string;
  readonly usage: string;
  readonly options: readonly (readonly [name: string, what: string])[];
  readonly about: readonly string[];
  readonly examples: readonly Example[];
}

/** The texts of `pm top` and `pm web`. */
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
      ['--port <n>', 'The port to listen on. Default: always the same port, unless it is in use.'],
      ['--read-only', 'The page only shows: it cannot start, stop or change anything. It has an address of its own.'],
      ['--open', 'Open the page in your browser.'],
      ['--json', 'Print the address as one line of JSON.'],
    ],
    about: [
      'pm web prints the address of the page and serves it until you press Ctrl-C; your runs go on. Only programs on this machine can connect. Whoever has the address can run commands as you: keep it secret. Do not open or reload the page while pm web does not run: that shows the address to any program that listens on its port. To get a new address, remove the file web-key (with --read-only: web-key-read-only) in your state folder and start pm web again.',
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
