// Hook SessionStart (new, resumed, cleared or compacted): lists results that nobody has read yet, and what is still running.
// It prints nothing if there is nothing to say or if anything fails, because a hook must never disturb a session.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MOST_ENDINGS, summaryOf } from './summary.mjs';

const PM = fileURLToPath(new URL('../dist/pm/main.cjs', import.meta.url));

try {
  const summary = summaryOf(recovered(inputOf(readFileSync(0, 'utf8'))));
  const hookSpecificOutput = { hookEventName: 'SessionStart', additionalContext: summary };
  if (summary !== '') console.log(JSON.stringify({ hookSpecificOutput }));
} catch {
  // prints nothing: see above
}

/** Asks for no more results than a summary can show, because what `pm recover` prints counts as read. */
function recovered({ session, cwd }) {
  const { status, stdout } = spawnSync(process.execPath, [PM, 'recover', '--json', '--limit', `${MOST_ENDINGS}`], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...(session !== undefined && { CLAUDE_CODE_SESSION_ID: session }) },
    encoding: 'utf8',
    timeout: 8_000,
  });
  return status === 0 ? JSON.parse(stdout) : { runs: [], next: [] };
}

/** The session in the host's message; empty if the message cannot be read. */
function inputOf(text) {
  try {
    const { session_id, cwd } = JSON.parse(text);
    return { session: stringOr(session_id), cwd: stringOr(cwd) };
  } catch {
    return {};
  }
}

function stringOr(value) {
  return typeof value === 'string' ? value : undefined;
}
