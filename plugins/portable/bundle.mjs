// Copies the built server and the skill into this folder, because hosts copy only this folder and install nothing.
// Why: contributing/decisions/2026-11-29-one-folder-for-other-hosts.md
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
for (const [from, to] of [
  ['../../apps/mcp/dist', 'dist/mcp'],
  ['../claude-code/skills', 'skills'],
]) {
  rmSync(here(to), { recursive: true, force: true });
  cpSync(here(from), here(to), { recursive: true });
}
