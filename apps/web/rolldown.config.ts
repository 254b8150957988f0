import { defineConfig, type RolldownOptions } from 'rolldown';

// Why: contributing/decisions/2026-11-29-pm-web.md
/** The server: src/server.ts -> dist/server.cjs, without the operations that it asks. */
const config: RolldownOptions = defineConfig({
  input: { server: 'src/server.ts' },
  platform: 'node',
  resolve: { conditionNames: ['@pm/source', 'node', 'import'] },
  output: { dir: 'dist', format: 'cjs', minify: true, entryFileNames: '[name].cjs' },
});
export default config;
