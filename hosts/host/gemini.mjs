// Gemini CLI, interactive, with pm-mcp as a server in its settings.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTerminal } from '../machine/terminal.mjs';

export const name = 'Gemini CLI';

export function prepare(world) {
  const folder = join(world.home, '.gemini');
  mkdirSync(folder);
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    ui: { hideTips: true, hideBanner: true },
    tools: { shell: { enableInteractiveShell: false } },
    mcpServers: { pm: { command: join(world.bin, 'pm-mcp'), trust: true } },
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
}

/** Opens a session in a terminal; `resume` continues the last one of this project. */
export async function open({ world, binary, model, session, resume = false }) {
  const env = {
    ...world.env,
    GEMINI_API_KEY: 'dummy',
    GOOGLE_GEMINI_BASE_URL: model.url,
    GEMINI_CLI_NO_RELAUNCH: 'true',
    GEMINI_TELEMETRY_ENABLED: 'false',
  };
  const command = [
    join(world.bin, 'node'),
    binary,
    '--yolo',
    '--model',
    'gemini-2.5-pro',
    ...(resume ? ['--resume', 'latest'] : []),
  ];
  return openTerminal({ folder: world.folder, name: session, command, env, cwd: world.project });
}

export const isReady = (screen) => screen.includes('Type your message');

export const exit = '/quit';

export const shell = (command) => ({
  call: 'run_shell_command',
  input: { command, description: command.slice(0, 60) },
});
export const tool = (name, input) => ({ call: `mcp_pm_${name}`, input });
export const isConnecting = ({ tools }) => !tools.some((tool) => tool.endsWith('start_run'));
export const loading = () => [];
export const blocks = (start) => start.includes('wait');
export const hasBackground = false;
