import { descriptions, type OperationName, operations } from '@pm/operations';
import { EXAMPLES } from '../src/call/examples.ts';
import { EXIT_CODES } from '../src/call/exit-codes.ts';
import { VERBS, type ViewName } from '../src/call/verbs.ts';
import { ENVIRONMENT, OF_THE_JOB } from '../src/help/environment.ts';
import { synopsisOf } from '../src/help/verb-text.ts';
import { VIEW_TEXTS } from '../src/help/view-texts.ts';

const SCHEMAS = [
  'answer',
  'log-answer',
  'preflight-answer',
  'doctor-answer',
  'init-answer',
  'template-answer',
  'conformance-answer',
  'transition',
];

/** `docs/reference/cli.md`, from what the help pages are made of: the operations' inputs, the verbs, the exit statuses. */
export async function referenceText(): Promise<string> {
  const names = Object.keys(VERBS) as OperationName[];
  const sections = await Promise.all(names.map(sectionOf));
  const statuses = Object.values(EXIT_CODES).map(([status, when]) => [String(status), when] as const);
  return [
    '# The command line',
    '<!-- Generated from the operations themselves by apps/cli/test/reference.test.ts: change those, then run it with -u. -->',
    'Every verb takes `--json` (one line of JSON instead of text) and `--help`; `pm top` has no `--json`. Durations are written `500ms 30s 10m 2h 1d`, sizes `4096 64KiB 256MiB`.',
    `What \`--json\` prints is described by JSON schemas, which are shipped with \`pm\` in \`dist/schema/\` and only grow within a major version: ${SCHEMAS.map((name) => `[${name}](../../packages/operations/schema/${name}.json)`).join(', ')}. Instants end in \`At\` (UTC, epoch ms), durations in \`Ms\`.`,
    ...sections.flat(),
    ...Object.keys(VIEW_TEXTS).flatMap((name) => sectionOfView(name as ViewName)),
    '## pm --host',
    'Make a call by the `pm` of another host, over `ssh`. [Run on another host](../how-to/run-on-another-host.md) says what it needs there, and what happens when the connection is lost.',
    ['```console', '$ pm --host <host>[:<directory>] <verb> …', '```'].join('\n'),
    'The option stands before the verb, or after it and before `--`. The host is what `ssh` takes: a name of your `ssh_config`, `user@host`, or `ssh://user@host:port/directory`. The directory is one there; a relative one begins in the home directory.',
    ['```sh', ...HOSTS.map(([call, what]) => `# ${what}\n${call}`), '```'].join('\n'),
    '## pm completion',
    'Print the completions for your shell. They know verbs, options, their values and the names of your steps.',
    ['```console', '$ pm completion bash|zsh|fish', '```'].join('\n'),
    ['```sh', ...COMPLETIONS.map(([call, what]) => `# ${what}\n${call}`), '```'].join('\n'),
    '## Exit codes',
    "`run`, `wait` and `start --wait` end with the exit code of the command, 128+n for signal n. The codes below are pm's own. For several runs, the first code that is not 0 counts.",
    table(['code', 'meaning'], statuses),
    'A wait ended by a signal exits with 130 (INT) or 143 (TERM); the job goes on.',
    '## Environment',
    table(['variable', 'purpose'], ENVIRONMENT.map(asCode)),
    '`pm` sets these variables for a job, and for no other process:',
    table(['variable', 'purpose'], OF_THE_JOB.map(asCode)),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

async function sectionOf(verb: OperationName): Promise<string[]> {
  const { summary, input } = await operations[verb]();
  const { usage, words, options } = synopsisOf(verb, input, await descriptions());
  const examples = EXAMPLES[verb].map(([call, what]) => `# ${what}\n${call}`);
  return [
    `## pm ${verb}`,
    summary,
    ['```console', `$ ${usage}`, '```'].join('\n'),
    ...(words.length === 0 ? [] : [table(['argument', 'meaning'], words.map(asCode))]),
    ...(options.length === 0 ? [] : [table(['option', 'meaning'], options.map(asCode))]),
    ['```sh', ...examples, '```'].join('\n'),
  ];
}

function sectionOfView(name: ViewName): string[] {
  const { summary, usage, about, options, examples } = VIEW_TEXTS[name];
  return [
    `## pm ${name}`,
    `${summary} ${about.join(' ')}`,
    ['```console', `$ ${usage}`, '```'].join('\n'),
    table(['option', 'meaning'], options.map(asCode)),
    ['```sh', ...examples.map(([call, what]) => `# ${what}\n${call}`), '```'].join('\n'),
  ];
}

const HOSTS = [
  ['pm --host user@gpu:/srv/train start train -- python train.py', 'start it there; it does not need the connection'],
  ['pm --host user@gpu:/srv/train wait train', 'wait for it here, through lost connections'],
  ['pm ls --host user@gpu:/srv/train', 'the option after the verb'],
] as const;

const COMPLETIONS = [
  ['eval "$(pm completion bash)"', 'in ~/.bashrc'],
  ['source <(pm completion zsh)', 'in ~/.zshrc, after compinit'],
  ['pm completion fish | source', 'in ~/.config/fish/config.fish'],
] as const;

type Row = readonly [string, string];

function asCode([name, text]: Row): Row {
  return [`\`${name}\``, text];
}

/** Aligned, as a formatter would leave it. */
function table(head: Row, rows: readonly Row[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
