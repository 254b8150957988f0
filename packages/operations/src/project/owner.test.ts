import { expect, test } from 'vitest';
import { ownerOf } from './owner.ts';

const tty = () => 'pts/3';

test.each<[what: string, env: Record<string, string>, owner: object]>([
  ['nobody but a user at a terminal', {}, { tty: 'pts/3' }],
  ['Claude Code', { CLAUDE_CODE_SESSION_ID: 'c' }, { session: 'c', agent: 'claude-code' }],
  ['Codex', { CODEX_THREAD_ID: 't' }, { session: 't', agent: 'codex' }],
  [
    'Codex that was started by Claude Code',
    { CLAUDE_CODE_SESSION_ID: 'c', CODEX_THREAD_ID: 't' },
    { session: 'c', agent: 'claude-code' },
  ],
  ['a session that the user has named', { PM_SESSION: 'mine', CODEX_THREAD_ID: 't' }, { session: 'mine' }],
  [
    'a named session that is the thread itself',
    { PM_SESSION: 't', CODEX_THREAD_ID: 't' },
    { session: 't', agent: 'codex' },
  ],
  ['empty variables', { PM_SESSION: '', CLAUDE_CODE_SESSION_ID: '', CODEX_THREAD_ID: '' }, { tty: 'pts/3' }],
])('the owner is %s', (_what, env, owner) => {
  expect(ownerOf({ env: { USER: 'kim', ...env }, tty })).toEqual({ user: 'kim', ...owner });
});
