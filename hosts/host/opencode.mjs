// opencode, interactive, with pm-mcp as a server in its configuration.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTerminal } from '../machine/terminal.mjs';

export const name = 'opencode';

export function prepare() {}

/** Opens a session in a terminal; `resume` continues the last one of this project. */
export async function open({ world, binary, model, session, resume = false }) {
  const folder = join(world.env.XDG_CONFIG_HOME, 'opencode');
  mkdirSync(folder, { recursive: true });
  const settings = {
    autoupdate: false,
    share: 'disabled',
    model: 'loopback/scripted',
    small_model: 'loopback/scripted',
    enabled_providers: ['loopback'],
    provider: {
      loopback: {
        npm: '@ai-sdk/openai-compatible',
        name: 'loopback',
        options: { baseURL: `${model.url}/v1`, apiKey: 'dummy' },
        models: { scripted: { name: 'scripted', tool_call: true, limit: { context: 200_000, output: 8_000 } } },
      },
    },
    permission: { '*': 'allow' },
    mcp: { pm: { type: 'local', command: [join(world.bin, 'pm-mcp')], enabled: true } },
  };
  writeFileSync(join(folder, 'opencode.json'), JSON.stringify(settings));
  const env = {
    ...world.env,
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  };
  return openTerminal({
    folder: world.folder,
    name: session,
    command: [binary, ...(resume ? ['--continue'] : [])],
    env,
    cwd: world.project,
  });
}

export const isReady = (screen) => /Ask anything|ctrl\+p|tab agents/.test(screen);

export const exit = '/exit';

export const shell = (command) => ({ call: 'bash', input: { command } });
export const tool = (name, input) => ({ call: `pm_${name}`, input });
export const isConnecting = ({ tools }) => !tools.some((tool) => tool.endsWith('start_run'));
export const loading = () => [];
export const blocks = (start) => start.includes('wait');
export const hasBackground = false;
