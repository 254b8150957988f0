// What `pm init --host` writes, in the real host: the host lists the server, a session calls a tool without asking, and --remove leaves
// nothing behind. The hosts have no other configuration of pm, no plugin and no permission but what was written.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeJob } from './job.mjs';
import { openTerminal } from './machine/terminal.mjs';
import { until } from './machine/until.mjs';
import { makeWorld } from './machine/world.mjs';
import { serveModel } from './model/serve.mjs';
import { openSession } from './session.mjs';

const KEY = 'sk-ant-dummy-key-of-the-hosts-harness';

/** How each host is set up without pm: environment, words of its command line, and its files. */
export const BARE = {
  claude: ({ world, model }) => {
    const config = world.path('claude');
    mkdirSync(config, { recursive: true });
    const answered = {
      hasCompletedOnboarding: true,
      theme: 'dark',
      autoUpdates: false,
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: {
        [world.project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] },
      },
    };
    writeFileSync(join(config, '.claude.json'), JSON.stringify(answered));
    return {
      env: {
        CLAUDE_CONFIG_DIR: config,
        ANTHROPIC_BASE_URL: model.url,
        ANTHROPIC_API_KEY: KEY,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
        DISABLE_TELEMETRY: '1',
        DISABLE_AUTOUPDATER: '1',
        DISABLE_ERROR_REPORTING: '1',
      },
      tool: (name, input) => [
        { call: 'ToolSearch', input: { query: `select:mcp__pm__${name}`, max_results: 5 } },
        { call: `mcp__pm__${name}`, input },
      ],
    };
  },
  codex: ({ world, model }) => {
    mkdirSync(world.path('codex'), { recursive: true });
    writeFileSync(
      join(world.path('codex'), 'config.toml'),
      `model = "scripted"
model_provider = "loopback"
approval_policy = "never"
sandbox_mode = "workspace-write"
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
`,
    );
    return {
      env: { CODEX_HOME: world.path('codex'), LOOPBACK_KEY: 'dummy' },
      tool: (name, input) => [{ call: name, namespace: 'mcp__pm', input }],
    };
  },
  gemini: ({ world, model }) => {
    mkdirSync(join(world.home, '.gemini'), { recursive: true });
    const settings = {
      security: { auth: { selectedType: 'gemini-api-key' }, folderTrust: { enabled: false } },
      general: { disableAutoUpdate: true, disableUpdateNag: true, enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
      ui: { hideTips: true, hideBanner: true },
      tools: { shell: { enableInteractiveShell: false } },
    };
    writeFileSync(join(world.home, '.gemini/settings.json'), JSON.stringify(settings));
    return {
      env: {
        GEMINI_API_KEY: 'dummy',
        GOOGLE_GEMINI_BASE_URL: model.url,
        GEMINI_CLI_NO_RELAUNCH: 'true',
        GEMINI_TELEMETRY_ENABLED: 'false',
      },
      by: [join(world.bin, 'node')],
      words: ['--model', 'gemini-2.5-pro'],
      tool: (name, input) => [{ call: `mcp_pm_${name}`, input }],
    };
  },
  opencode: ({ world, model }) => {
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
    };
    writeFileSync(join(folder, 'opencode.json'), JSON.stringify(settings));
    return {
      env: {
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      },
      tool: (name, input) => [{ call: `pm_${name}`, input }],
    };
  },
};

/**
 * Sets a host up by `pm init`, as it is called in a shell of the project.
 * @returns `failed` with the reason, or the figures: the line by which the host lists the server, and its calls
 */
export async function registered({ name, host, binary, node }) {
  const world = makeWorld({ node });
  const model = await serveModel();
  const pm = (...args) =>
    spawnSync(join(world.bin, 'pm'), args, { cwd: world.project, env: world.env, encoding: 'utf8' });
  let session;
  try {
    const { env, by = [], words = [], tool } = BARE[name]({ world, model });
    const before = readdirSync(world.project);
    const written = pm('init', '--host', name, '--trust', '--yes');
    if (written.status !== 0) return { failed: 'not written', why: written.stderr };
    const listed = spawnSync(by[0] ?? binary, [...(by.length > 0 ? [binary] : []), 'mcp', 'list'], {
      cwd: world.project,
      env: { ...world.env, ...env },
      encoding: 'utf8',
      timeout: 120_000,
    });
    const lines = `${listed.stdout}\n${listed.stderr}`.split('\n').filter((line) => /pm-mcp|\bpm\b/.test(line));
    if (lines.length === 0) return { failed: 'not listed', why: listed.stdout + listed.stderr };
    makeJob(world, {});
    const open = ({ session: called }) =>
      openTerminal({
        folder: world.folder,
        name: called,
        command: [...by, binary, ...words],
        env: { ...world.env, ...env },
        cwd: world.project,
      });
    session = await openSession({ host: { ...host, open }, world, binary, model, session: 'only' });
    await session.greet();
    await session.say('Do your work.', tool('start_run', { step: 'orders', command: ['sh', 'job.sh'], wait: true }));
    const told = () =>
      /"?outcome"?\\?"?: ?\\?"?success|success/.test(session.requests().at(-1)?.heard.at(-1) ?? '') &&
      session.requests().length > 2;
    await until(told, { what: () => `the outcome\n${session.explain()}`, ms: 60_000 });
    await session.close();
    const removed = pm('init', '--host', name, '--remove', '--yes');
    const left = readdirSync(world.project).filter(
      (file) => !before.includes(file) && !/^(job|\.pm|orders)/.test(file),
    );
    return { listed: lines[0].trim(), calls: session.requests().length - 1, removed: removed.stdout, left };
  } catch (error) {
    return { failed: 'broken', why: error.message };
  } finally {
    await session?.close();
    await world.close();
    await model.close();
  }
}
