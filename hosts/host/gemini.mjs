// Gemini CLI, interactive, with pm-mcp as a server in its settings.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const name = 'Gemini CLI';

/** Without pm. Its program is a script, which runs by the Node.js of the hosts. */
export const bare = {
  prepare: (at) => write(at, {}),
  launch: ({ world, binary, model }) => ({
    env: {
      GEMINI_API_KEY: 'dummy',
      GOOGLE_GEMINI_BASE_URL: model.url,
      GEMINI_CLI_NO_RELAUNCH: 'true',
      GEMINI_TELEMETRY_ENABLED: 'false',
    },
    program: [join(world.bin, 'node'), binary],
    words: ['--model', 'gemini-2.5-pro'],
    resume: ['--resume', 'latest'],
  }),
};

export function prepare(at) {
  write(at, { mcpServers: { pm: { command: join(at.world.bin, 'pm-mcp'), trust: true } } });
}

export function launch(at) {
  const { words, ...rest } = bare.launch(at);
  return { ...rest, words: ['--yolo', ...words] };
}

function write({ world }, more) {
  const folder = join(world.home, '.gemini');
  mkdirSync(folder);
  const settings = {
    security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
    general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    ui: { hideTips: true, hideBanner: true },
    tools: { shell: { enableInteractiveShell: false } },
    ...more,
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
}

export const isReady = (screen) => screen.includes('Type your message');

export const exit = '/quit';

/** Whether a call runs, which Escape breaks off. Meanwhile Gemini CLI takes no word that begins with a slash. */
export const isBusy = (screen) => screen.includes('esc to cancel');

export const shell = (command) => ({
  call: 'run_shell_command',
  input: { command, description: command.slice(0, 60) },
});
export const tool = (name, input) => ({ call: `mcp_pm_${name}`, input });
export const isConnecting = ({ tools }) => !tools.some((tool) => tool.endsWith('start_run'));
export const loading = () => [];
export const blocks = (start) => start.includes('wait');
export const hasBackground = false;
