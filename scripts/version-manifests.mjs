// The second half of `npm run version`: hosts and registries know what they install by the version in a manifest of their own, which
// changesets do not write.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Each manifest, and the package whose version it repeats. */
export const MANIFESTS = {
  'plugins/claude-code/.claude-plugin/plugin.json': 'plugins/claude-code',
  'plugins/portable/plugin.json': 'plugins/portable',
  'plugins/portable/gemini-extension.json': 'plugins/portable',
  'plugins/portable/manifest.json': 'plugins/portable',
  'server.json': 'apps/mcp',
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [path, folder] of Object.entries(MANIFESTS)) {
    const manifest = new URL(`../${path}`, import.meta.url);
    const { version } = JSON.parse(readFileSync(new URL(`../${folder}/package.json`, import.meta.url), 'utf8'));
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replaceAll(/"version": "[^"]*"/g, `"version": "${version}"`)); // the rest as it was written
  }
