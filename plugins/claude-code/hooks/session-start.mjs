// Hook SessionStart (new, resumed, cleared or compacted): lists results that nobody has read yet, and what is still running.
// It prints nothing if there is nothing to say or if anything fails, because a hook must never disturb a session.
import { readFileSync } from 'node:fs';
import { messageOf } from './message.mjs';
import { pm } from './pm.mjs';
import { rememberShown } from './shown.mjs';
import { MOST_ENDINGS, summaryOf } from './summary.mjs';

try {
  const { session, cwd } = messageOf(readFileSync(0, 'utf8'));
  const answer = recovered({ session, cwd });
  const summary = summaryOf(answer);
  const hookSpecificOutput = { hookEventName: 'SessionStart', additionalContext: summary };
  if (summary !== '') console.log(JSON.stringify({ hookSpecificOutput }));
  if (session !== undefined) rememberShown({ session, cwd, ids: endedIds(answer) });
} catch {
  // prints nothing: see above
}

/**
 * Asks for no more results than a summary can show. They do not count as read yet: a session may be closed before its model was asked
 * anything. The hook at the end of a turn says that they were read. A session without a name has no such turn.
 */
function recovered({ session, cwd }) {
  const unread = session === undefined ? [] : ['--unread'];
  const { status, stdout } = pm(['recover', '--json', '--limit', `${MOST_ENDINGS}`, ...unread], { session, cwd });
  return status === 0 ? JSON.parse(stdout) : { runs: [], next: [] };
}

function endedIds({ runs }) {
  return runs.flatMap(({ state, id }) => (state === 'ended' && id !== undefined ? [id] : []));
}
