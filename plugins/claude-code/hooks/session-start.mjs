// SessionStart (new, resumed, cleared or compacted): what ended meanwhile and nobody was told, and what still runs.
// Silent when there is nothing, and when anything fails: a hook must never be in the way of a session.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { summaryOf } from './summary.mjs';

const PM = fileURLToPath(new URL('../dist/pm/main.cjs', import.meta.url));

const { session_id: session, cwd } = inputOf(readFileSync(0, 'utf8'));
const { status, stdout } = spawnSync(process.execPath, [PM, 'recover', '--json'], {
  cwd: cwd ?? process.cwd(),
  env: { ...process.env, ...(session !== undefined && { CLAUDE_CODE_SESSION_ID: session }) },
  encoding: 'utf8',
  timeout: 8_000,
});
const summary = status === 0 ? summaryOf(JSON.parse(stdout)) : '';
if (summary !== '') {
  const hookSpecificOutput = { hookEventName: 'SessionStart', additionalContext: summary };
  console.log(JSON.stringify({ hookSpecificOutput }));
}

/** What the host says of the session; nothing, if it is none of its messages. */
function inputOf(text) {
  try {
    const { session_id, cwd } = JSON.parse(text);
    return { session_id: typeof session_id === 'string' ? session_id : undefined, cwd };
  } catch {
    return {};
  }
}
