import type { OperationName } from '@pm/operations';

/** What is the command line's own about a verb. Every option comes from the operation's input and is not repeated here. */
export interface VerbForm {
  /** The field, or the fields in their order, written without a flag. */
  readonly positional?: string | readonly string[];
  /** The field that takes everything after `--`. */
  readonly afterDashes?: string;
  /** One-letter aliases, by field. */
  readonly short?: Readonly<Record<string, string>>;
  readonly examples: readonly (readonly [call: string, what: string])[];
}

/** The verbs in the order in which one learns them. */
export const VERBS: Readonly<Record<OperationName, VerbForm>> = {
  start: {
    positional: 'step',
    afterDashes: 'command',
    examples: [
      ['pm start train -- python train.py', 'start it and return at once'],
      ['pm start --wait -- npm run build', 'start it, and be told how it ended'],
      [
        'pm start sweep --timeout 6h --liveness output --stale 10m -- ./sweep.sh',
        'hung after 10 minutes without output',
      ],
      ['pm start fetch --retries 3 --backoff 30s -- ./fetch.sh', 'up to four attempts, half a minute apart'],
      ["pm start -- sh -c 'make && make check'", 'a command line that needs a shell'],
      ['pm start train', 'what pm.config.json says of this step'],
    ],
  },
  wait: {
    positional: 'steps',
    examples: [
      ['pm wait train', 'until it has ended'],
      ['pm wait', 'for every live run'],
      ['pm wait train --budget 9m', 'answer "still running" after nine minutes; the run goes on'],
      ["pm wait web --for-line 'Listening on'", 'until its log says so'],
      ['pm wait lint test --any', 'until the first of the two has ended'],
      ['pm wait train --ignore quiet,deadline', 'not woken by these troubles'],
    ],
  },
  watch: {
    positional: 'steps',
    examples: [
      ['pm watch', 'every run, also those to come; a signal ends it'],
      ['pm watch lint test --until-idle', 'until both have ended'],
      ['pm watch --json', 'a line of JSON for each transition'],
    ],
  },
  ls: {
    positional: 'step',
    examples: [
      ['pm ls', 'every step'],
      ['pm ls train', 'the runs of one step'],
      ['pm ls --mine', 'what this session has started'],
      ['pm ls --everywhere', 'of all your projects'],
    ],
  },
  status: {
    positional: 'step',
    examples: [
      ['pm status train', 'the newest run'],
      ['pm status train~1 --json', 'the run before, for a program'],
    ],
  },
  logs: {
    positional: 'step',
    short: { follow: 'f', tail: 'n' },
    examples: [
      ['pm logs train', 'the last lines'],
      ['pm logs train -n 200', 'more of them'],
      ["pm logs train --grep 'error|warn'", 'only what matches'],
      ['pm logs train -f', 'go on until it ends'],
      ['pm logs fetch --attempt 1', 'of a run with --retries'],
    ],
  },
  extend: {
    positional: ['step', 'limit'],
    examples: [
      ['pm extend train 6h', 'six hours from its start on'],
      ['pm extend train +30m', 'half an hour more'],
      ['pm extend train none', 'as long as it likes'],
    ],
  },
  stop: {
    positional: 'steps',
    examples: [
      ['pm stop train', 'ask it to end, then make sure'],
      ["pm stop train sync --reason 'wrong branch'", 'both; the reason is kept'],
    ],
  },
  recover: { examples: [['pm recover', 'first thing after a crash, a restart or a compaction']] },
  prune: {
    examples: [
      ['pm prune --dry-run', 'what a start would delete'],
      ['pm prune --keep 5 --older-than 2d', 'the newest five of each step, none older than two days'],
      ['pm prune --all', 'everything that has ended'],
    ],
  },
  run: {
    positional: 'step',
    afterDashes: 'command',
    examples: [
      ['pm run -- pytest -q', 'like pytest -q, and it survives a killed terminal'],
      ['pm run lint --timeout 2m -- npm run lint', 'named, and ended after two minutes'],
    ],
  },
  breaker: {
    positional: ['action', 'name', 'outcome'],
    examples: [
      ['pm breaker', 'every breaker that came near to opening'],
      ['pm breaker status train', 'where one stands, and why'],
      ["pm breaker reset train --reason 'database is back'", 'close it, whatever it is'],
      ["pm breaker hold deploy --for 2h --reason 'migration'", 'nothing starts for two hours'],
      ['pm breaker ask api && ./call.sh', 'of a script: 122 if it should not'],
      ['pm breaker record api failed --signature "$error"', 'of a script: how it went'],
    ],
  },
  init: {
    examples: [
      ['pm init', 'a pm.config.json with the steps this project seems to have'],
      ['pm init --dry-run', 'only print it'],
      ['pm init --host codex', 'how to use pm, in AGENTS.md'],
    ],
  },
  preflight: {
    positional: 'step',
    examples: [
      ['pm preflight', 'what pm.config.json asks, or whatever applies here'],
      ['pm preflight train && ./loop.sh', 'a gate: 121 if a check of the step fails'],
      ["pm preflight --check 'command:node >=20' --check disk:2GiB", 'only these'],
      ['pm preflight --fix', 'mend what can be mended safely, and check again'],
    ],
  },
  doctor: {
    examples: [['pm doctor', 'seconds; whatever it starts, it ends']],
  },
  template: {
    examples: [
      ['pm template --step train > train.sh', 'a wrapper to keep'],
      ['sh train.sh python train.py &', 'run under it; pm wait train tells how it ended'],
    ],
  },
};

/** The fields written without a flag, in their order. */
export function positionalsOf({ positional = [] }: Partial<VerbForm>): readonly string[] {
  return typeof positional === 'string' ? [positional] : positional;
}

/** Whether this word is a verb. */
export function isVerb(word: string): word is OperationName {
  return Object.hasOwn(VERBS, word);
}
