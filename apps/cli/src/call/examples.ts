import type { OperationName } from '@pm/operations';

/** A call as it is typed, and what it does. */
export type Example = readonly [call: string, what: string];

/** Examples of each verb, the plainest first. They are apart from the forms of the verbs, which every call loads. */
export const EXAMPLES: Readonly<Record<OperationName, readonly Example[]>> = {
  start: [
    ['pm start train -- python train.py', 'start it and return at once'],
    ['pm start --wait -- npm run build', 'start it, wait, and print how it ended'],
    [
      'pm start sweep --timeout 6h --liveness output --stale 10m -- ./sweep.sh',
      'end it as hung after 10 minutes without output',
    ],
    ['pm start fetch --retries 3 --backoff 30s -- ./fetch.sh', 'up to four attempts, 30 seconds apart'],
    ['pm start web --ready tcp:3000 --wait-ready -- npm run dev', 'return when its port accepts connections'],
    ['pm start web --restart on-failure -- node server.js', 'start it again whenever it fails'],
    ["pm start -- sh -c 'make && make check'", 'run a command line that needs a shell'],
    ['pm start web --port auto -- npx vite --port {port}', 'on a free port, which the answer names'],
    ['pm start train', 'start the command that pm.config.json has for this step'],
  ],
  ensure: [
    ['pm ensure web', 'use the server that runs, or start it; return when it is ready'],
    ['pm ensure web --ready tcp:3000 -- npm run dev', 'the same for a command of yours'],
    ["pm ensure db --ready 'line:ready to accept' --ready-timeout 2m -- ./db.sh", 'wait for two minutes at most'],
  ],
  wait: [
    ['pm wait train', 'wait until the run ends'],
    ['pm wait', 'wait for every live run, and show what ended unseen'],
    ['pm wait train --budget 9m', 'after nine minutes answer "still running"; the run goes on'],
    ["pm wait web --for-line 'Listening on'", 'wait until its log has this text'],
    ['pm wait lint test --any', 'wait until one of the two ends'],
    ['pm wait train --ignore quiet,deadline', 'do not return for these two reasons'],
  ],
  watch: [
    ['pm watch', 'watch every run, also later ones, until a signal'],
    ['pm watch lint test --until-idle', 'watch until both have ended'],
    ['pm watch --json', 'print one line of JSON per transition'],
  ],
  ls: [
    ['pm ls', 'list every step'],
    ['pm ls train', 'list the runs of one step'],
    ['pm ls --mine', 'list the runs that this session started'],
    ['pm ls --everywhere', 'list the runs of all your projects'],
    ['pm ls --failed --since 1d', 'list the steps that failed in the last day'],
    ['pm ls --limit 100', 'list more than one screen'],
    ['pm ls --watch', 'keep the list current until Ctrl-C'],
    ['pm ls --oneline --everywhere', 'one line for a prompt: 2 running · 1 failed: test'],
  ],
  status: [
    ['pm status train', 'show the newest run'],
    ['pm status train~1 --json', 'show the run before it, as JSON'],
  ],
  logs: [
    ['pm logs train', 'show the last lines'],
    ['pm logs --failed', 'show the last lines of the run that failed last'],
    ['pm logs train -n 200', 'show the last 200 lines'],
    ["pm logs train --grep 'error|warn'", 'show the matching lines'],
    ['pm logs train --around 121', 'show what is around line 121'],
    ['pm logs train -f', 'follow the log until the run ends'],
    ['pm logs train --result', 'show the whole result as JSON'],
    ['pm logs fetch --attempt 1', 'show the first attempt of a run with --retries'],
  ],
  extend: [
    ['pm extend train 6h', 'set the limit to six hours from its start'],
    ['pm extend train +30m', 'add half an hour'],
    ['pm extend train none', 'remove the limit'],
  ],
  stop: [
    ['pm stop train', 'stop the run and every process that it started'],
    ["pm stop train sync --reason 'wrong branch'", 'stop both, and record the reason'],
    ['pm stop --port 3000', 'stop the run that listens on this port; another process is only named'],
  ],
  who: [
    ['pm who 3000', 'name the process that listens there, and its run; 1 if nobody does'],
    ['pm who 3000 --json', 'the same as JSON'],
  ],
  up: [
    ['pm up', 'start the services of this project, and return when all are ready'],
    ['pm up --ready-timeout 3m', 'wait for three minutes at most'],
  ],
  down: [
    ['pm down', 'stop everything of this project; exits with 1 if something is left'],
    ["pm down --force --reason 'worktree is removed'", 'kill at once, and record the reason'],
  ],
  adopt: [
    ['pm adopt 4711 --as web', 'watch process 4711, which somebody started with &, as web'],
    ['pm adopt 4711 --as train --timeout 2h', 'end it with its tree after two more hours'],
    ['pm adopt 4711 --liveness activity --stale 10m', 'end it as hung after 10 minutes without CPU or I/O'],
  ],
  recover: [['pm recover', 'call this first after a crash, a restart or a compaction']],
  prune: [
    ['pm prune --dry-run', 'show what a start would delete'],
    ['pm prune --keep 5 --older-than 2d', 'keep the newest five of each step, none older than two days'],
    ['pm prune --all', 'delete every run that has ended'],
  ],
  run: [
    ['pm run -- pytest -q', 'run pytest -q; it survives a closed terminal'],
    ['pm run lint --timeout 2m -- npm run lint', 'run it under a name, for at most two minutes'],
  ],
  batch: [
    ['pm batch jobs.jsonl --queue sweep --slots 4', 'run each line of the file, four at a time'],
    ['pm batch --each args.txt --slots 4 -- ./train.sh {}', 'run the command for each line of the file'],
    ['pm batch jobs.jsonl --resume', 'start what has not succeeded; after a crash, too'],
    ['pm batch jobs.jsonl --again --stop-after 3', 'start all lines again, until three in a row fail'],
  ],
  queue: [
    ['pm queue', 'show all queues: what runs, and what waits'],
    ['pm queue heavy', 'show one of them'],
    ['pm queue set heavy --slots 2', 'let two of its runs go at a time'],
    ['pm queue move npm-test --front', 'let this run be the next one'],
    ['pm queue pause heavy', 'start nothing more of it, until pm queue resume heavy'],
    ['pm queue clear heavy', 'end all that wait in it'],
  ],
  worker: [
    ['pm worker gpu --slots 2', 'run what waits in this queue, two at a time, until SIGTERM'],
    ['pm worker gpu --label cuda --label mem=64GiB', 'say what this host has; entries may ask for it'],
    ['pm worker gpu --once', 'run one, then end'],
  ],
  breaker: [
    ['pm breaker', 'list every breaker that is open, held or has counted failures'],
    ['pm breaker status train', 'show the state of one breaker, and why'],
    ["pm breaker reset train --reason 'database is back'", 'close it'],
    ["pm breaker hold deploy --for 2h --reason 'migration'", 'refuse every start for two hours'],
    ['pm breaker ask api && ./call.sh', 'in a script: exits with 122 if the call should not be made'],
    ['pm breaker record api failed --signature "$error"', 'in a script: record how the call went'],
  ],
  init: [
    ['pm init', 'write a pm.config.json with the steps found in this project'],
    ['pm init --dry-run', 'only print the file'],
    ['pm init --host codex', 'show what would teach Codex to use pm: instructions, and the MCP server'],
    ['pm init --host codex --yes', 'write that'],
    ['pm init --host codex --remove --yes', 'take it back'],
  ],
  preflight: [
    ['pm preflight', 'run the checks of pm.config.json, or those that fit this project'],
    ['pm preflight train && ./loop.sh', 'run a loop only if the checks of the step pass (else exit 121)'],
    ["pm preflight --check 'command:node >=20' --check disk:2GiB", 'run only these checks'],
    ['pm preflight --fix', 'apply the safe remedies, then check again'],
  ],
  doctor: [['pm doctor', 'takes seconds, and stops everything that it starts']],
  template: [
    ['pm template --step train > train.sh', 'write a wrapper script'],
    ['sh train.sh python train.py &', 'run a command under it; pm wait train reports the result'],
  ],
  conformance: [
    [
      'pm conformance --level 3 -- ./writer.py {step} {dir}',
      'test a writer of your own; exits 0 if it keeps its promises',
    ],
  ],
};
