// What the start of a session has shown and no turn has confirmed yet: one file for each session, which turn-ended.sh looks for.
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(process.env.TMPDIR || '/tmp', `process-monitor-${process.getuid()}`);
const FORGET_AFTER_MS = 86_400_000;

/** Remembers that a session was shown how these runs ended. */
export function rememberShown({ session, cwd, ids }) {
  forgetOld();
  if (ids.length === 0) return;
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  if (!isOwn(FOLDER)) return;
  const { ids: earlier = [] } = read(session);
  writeFileSync(fileOf(session), JSON.stringify({ cwd, ids: [...new Set([...earlier, ...ids])] }), { mode: 0o600 });
}

/** What this session was shown, once: it is forgotten. */
export function takeShown(session) {
  if (!isOwn(FOLDER)) return { ids: [] };
  const { cwd, ids = [] } = read(session);
  rmSync(fileOf(session), { force: true });
  return { cwd, ids };
}

function read(session) {
  try {
    const { cwd, ids } = JSON.parse(readFileSync(fileOf(session), 'utf8'));
    return Array.isArray(ids) ? { cwd, ids } : {};
  } catch {
    return {};
  }
}

function fileOf(session) {
  return join(FOLDER, encodeURIComponent(session).slice(0, 200));
}

/** Other users can write to the folder above it. */
function isOwn(folder) {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === process.getuid() && (stat.mode & 0o077) === 0;
}

/** Of sessions that were closed without a turn. */
function forgetOld() {
  if (!isOwn(FOLDER)) return;
  for (const name of readdirSync(FOLDER)) {
    const stat = lstatSync(join(FOLDER, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > FORGET_AFTER_MS) rmSync(join(FOLDER, name), { force: true });
  }
}
