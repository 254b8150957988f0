// SessionStart (new, resumed, cleared or compacted): what ended meanwhile and nobody was told, and what still runs.
// Silent when there is nothing, and when anything fails: a hook must never be in the way of a session.
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
  // said above
}

/** No more than a summary has room for: what `pm recover` prints counts as told. */
function recovered({ session, cwd }) {
  const { status, stdout } = spawnSync(process.execPath, [PM, 'recover', '--json', '--limit', `${MOST_ENDINGS}`], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...(session !== undefined && { CLAUDE_CODE_SESSION_ID: session }) },
    encoding: 'utf8',
    timeout: 8_000,
  });
  return status === 0 ? JSON.parse(stdout) : { runs: [], next: [] };
}

/** What the host says of the session; nothing, if it is none of its messages. */
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
