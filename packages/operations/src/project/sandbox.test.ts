import { expect, test } from 'vitest';
import { sandboxNote, surroundingsOf } from './sandbox.ts';

const MACHINE = '4026531836';
const INNER = '4026532633';

test.each<[what: string, pidNamespace: string, first: string, note: string | undefined]>([
  ['a machine', MACHINE, 'systemd', undefined],
  ['a machine whose first process is no init', MACHINE, 'process_api', undefined],
  ['a platform without pid namespaces', '', '', undefined],
  ['a container with an init', INNER, 'tini', undefined],
  ['a container that runs systemd', INNER, 'systemd', undefined],
  [
    'a sandbox for one command',
    INNER,
    'bwrap',
    'this sandbox (PID 1: bwrap) ends with your command, and ends the job: keep one call open with --wait, or use the tool start_run',
  ],
  [
    'the sandbox of Codex',
    INNER,
    'codex-linux-san',
    'this sandbox (PID 1: codex-linux-san) ends with your command, and ends the job: keep one call open with --wait, or use the tool start_run',
  ],
  ['a container without an init', INNER, 'sleep', 'this sandbox (PID 1: sleep) ends all its jobs when it ends'],
  ['a namespace without a /proc of its own', `${INNER}-unseen-7`, '', 'this sandbox ends all its jobs when it ends'],
])('%s', (_what, pidNamespace, first, note) => {
  expect(sandboxNote(surroundingsOf(pidNamespace, first))).toBe(note);
});
