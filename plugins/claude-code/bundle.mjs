// Copies both built apps into the plugin, because hosts copy only its folder and install nothing.
// Why: contributing/decisions/2026-11-24-the-plugin-carries-the-build.md
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
rmSync(here('dist'), { recursive: true, force: true });
for (const [app, folder] of [
  ['cli', 'pm'],
  ['mcp', 'mcp'],
])
  cpSync(here(`../../apps/${app}/dist`), here(`dist/${folder}`), {
    recursive: true,
    filter: (path) => !path.endsWith('/dist/compiled'), // made for this machine's Node
  });
