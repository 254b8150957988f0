// Codex, interactive, with pm-mcp as a server in its configuration.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder } from '../machine/identity.mjs';

export const name = 'Codex';

/** Without pm, in the sandbox that a person gets who trusts the project. */
export const bare = {
  prepare: (at) => write(at, { sandbox: 'workspace-write' }),
  launch: ({ world, binary }) => ({
    env: { CODEX_HOME: world.path('codex'), LOOPBACK_KEY: 'dummy' },
    program: [binary],
    words: [],
    resume: ['resume', '--last'],
  }),
};

export function prepare(at) {
  const server = `[mcp_servers.pm]
command = "${join(at.world.bin, 'pm-mcp')}"
default_tools_approval_mode = "approve"
tool_timeout_sec = 300
`;
  write(at, { sandbox: 'danger-full-access', server });
}

export const { launch } = bare;

function write({ world, model }, { sandbox, server = '' }) {
  mkdirSync(world.path('codex'));
  const config = `model = "scripted"
model_provider = "loopback"
approval_policy = "never"
sandbox_mode = "${sandbox}"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.loopback]
name = "loopback"
base_url = "${model.url}/v1"
env_key = "LOOPBACK_KEY"
wire_api = "responses"
[projects."${world.project}"]
trust_level = "trusted"
`;
  writeFileSync(join(world.path('codex'), 'config.toml'), config + server);
}

/** The process that keeps the threads of Codex, and its servers, while no window is open. */
export const daemons = (world) => inFolder(world.path('codex')).filter(({ command }) => command.includes('app-server'));

export const isReady = (screen) => /^›/m.test(screen);

export const exit = '/quit';

export const shell = (command) => ({ call: 'exec_command', input: { cmd: command } });
export const tool = (name, input) => ({ call: name, namespace: 'mcp__pm', input });
/** Waits on for a command that was still running when its call returned. */
export function more(text) {
  const last = text.slice(text.lastIndexOf('Wall time:'));
  const id = /session ID (\d+)/.exec(last)?.[1];
  return id === undefined
    ? undefined
    : { call: 'write_stdin', input: { session_id: Number(id), yield_time_ms: 300_000 } };
}
export const isConnecting = ({ tools }) => !tools.some((tool) => tool.endsWith('start_run'));
export const loading = () => [];
export const blocks = (start) => start.includes('wait');
export const hasBackground = false;
