import type { RunRecord } from '@pm/protocol';
import type { Context } from './context.ts';

/** The variables in which coding agents name their session to the programs that they start. */
const SESSIONS = [
  ['CLAUDE_CODE_SESSION_ID', 'claude-code'],
  ['CODEX_THREAD_ID', 'codex'],
] as const;

/**
 * The caller: the session of `PM_SESSION`, else that of the coding agent, else the user at a terminal, else the user. It is recorded as
 * the owner of a run, and as the reader who has seen an ending. `agent` says whose session it is, because only that program can be asked
 * to tell the session something.
 */
export function ownerOf({ env, tty }: Pick<Context, 'env' | 'tty'>): RunRecord['owner'] {
  const [variable, agent] = SESSIONS.find(([name]) => env[name]) ?? [];
  const own = env['PM_SESSION'] || undefined;
  const session = own ?? (variable && env[variable]);
  const terminal = session === undefined ? tty?.() : undefined;
  return {
    user: env['USER'] ?? String(process.getuid?.() ?? ''),
    ...(session !== undefined && { session }),
    ...(agent !== undefined && session === env[variable ?? ''] && { agent }),
    ...(terminal !== undefined && { tty: terminal }),
  };
}

/** True if a run belongs to the caller: to the same session, or to the same user if there is no session. */
export function isOwnedBy({ user, session }: RunRecord['owner'], { owner }: Pick<RunRecord, 'owner'>): boolean {
  return session === undefined ? owner.user === user : owner.session === session;
}
