import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PM = fileURLToPath(new URL('../dist/pm/main.cjs', import.meta.url));

/** Calls the pm of the plugin for a session, in the folder of that session. */
export function pm(args, { session, cwd }) {
  return spawnSync(process.execPath, [PM, ...args], {
    cwd: cwd ?? process.cwd(),
    env: { ...process.env, ...(session !== undefined && { CLAUDE_CODE_SESSION_ID: session }) },
    encoding: 'utf8',
    timeout: 8_000,
  });
}
