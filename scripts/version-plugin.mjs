// The second half of `npm run version`: a host knows the Claude Code plugin by the version in its manifest, which changesets do not write.
import { readFileSync, writeFileSync } from 'node:fs';

const plugin = new URL('../plugins/claude-code/', import.meta.url);
const manifest = new URL('.claude-plugin/plugin.json', plugin);
const { version } = JSON.parse(readFileSync(new URL('package.json', plugin), 'utf8'));
const text = readFileSync(manifest, 'utf8');
writeFileSync(manifest, text.replace(/"version": "[^"]*"/, `"version": "${version}"`)); // the rest as it was written
