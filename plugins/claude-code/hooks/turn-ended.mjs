// Why: contributing/decisions/2026-11-23-who-is-told.md
// Hook Stop: the model has ended a turn, so it has read what the hook SessionStart has shown. Only now that counts as read.
import { readFileSync } from 'node:fs';
import { messageOf } from './message.mjs';
import { pm } from './pm.mjs';
import { takeShown } from './shown.mjs';

try {
  const { session } = messageOf(readFileSync(0, 'utf8'));
  if (session !== undefined) {
    const { cwd, ids } = takeShown(session);
    if (ids.length > 0) pm(['recover', ...ids.flatMap((id) => ['--read', id])], { session, cwd });
  }
} catch {
  // The session is told again.
}
