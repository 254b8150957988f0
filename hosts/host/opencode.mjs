// opencode, interactive, with pm-mcp as a server in its configuration.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const name = 'opencode';

/** Without pm. */
export const bare = {
  prepare: (at) => write(at, {}),
  launch: ({ binary }) => ({
    env: {
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
    },
    program: [binary],
    words: [],
    resume: ['--continue'],
  }),
};

export function prepare(at) {
  const pm = { type: 'local', command: [join(at.world.bin, 'pm-mcp')], enabled: true };
  write(at, { permission: { '*': 'allow' }, mcp: { pm } });
}

export const { launch } = bare;

function write({ world, model }, more) {
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
    ...more,
  };
  writeFileSync(join(folder, 'opencode.json'), JSON.stringify(settings));
}

export const isReady = (screen) => /Ask anything|ctrl\+p|tab agents/.test(screen);

export const exit = '/exit';

export const shell = (command) => ({ call: 'bash', input: { command } });
export const tool = (name, input) => ({ call: `pm_${name}`, input });
export const isConnecting = ({ tools }) => !tools.some((tool) => tool.endsWith('start_run'));
export const loading = () => [];
export const blocks = (start) => start.includes('wait');
export const hasBackground = false;
