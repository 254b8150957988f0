// Copies the built server into this folder, because hosts copy only this folder and install nothing.
// Why: contributing/decisions/2026-11-24-the-plugin-carries-the-build.md
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
rmSync(here('dist'), { recursive: true, force: true });
cpSync(here('../../apps/mcp/dist'), here('dist/mcp'), { recursive: true });
