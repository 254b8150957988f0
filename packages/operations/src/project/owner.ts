import type { RunRecord } from '@pm/protocol';
import type { Context } from './context.ts';

/**
 * The caller: the host's session (`PM_SESSION`, else `CLAUDE_CODE_SESSION_ID`), else the user at a terminal, else the user. It is
 * recorded as the owner of a run, and as the reader who has seen an ending.
 */
export function ownerOf({ env, tty }: Pick<Context, 'env' | 'tty'>): RunRecord['owner'] {
  const session = env['PM_SESSION'] || env['CLAUDE_CODE_SESSION_ID'] || undefined;
  const terminal = session === undefined ? tty?.() : undefined;
  return {
    user: env['USER'] ?? String(process.getuid?.() ?? ''),
    ...(session !== undefined && { session }),
    ...(terminal !== undefined && { tty: terminal }),
  };
}

/** True if a run belongs to the caller: to the same session, or to the same user if there is no session. */
export function isOwnedBy({ user, session }: RunRecord['owner'], { owner }: RunRecord): boolean {
  return session === undefined ? owner.user === user : owner.session === session;
}
