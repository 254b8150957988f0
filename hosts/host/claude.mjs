// Claude Code, interactive, with the plugin of this repository.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLUGIN } from '../machine/world.mjs';

const KEY = 'sk-ant-dummy-key-of-the-hosts-harness';
const PREFIX = 'mcp__plugin_process-monitor_pm__';

export const name = 'Claude Code';
export const program = 'claude';

/** Without pm, as a person has set it up who has answered every dialog (onboarding, trust, key). */
export const bare = {
  prepare({ world }) {
    const config = world.path('claude');
    mkdirSync(config);
    const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true, allowedTools: [] };
    const answered = {
      hasCompletedOnboarding: true,
      theme: 'dark',
      autoUpdates: false,
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: { [world.project]: trusted },
    };
    writeFileSync(join(config, '.claude.json'), JSON.stringify(answered));
  },
  launch: ({ world, binary, model }) => ({
    env: {
      CLAUDE_CONFIG_DIR: world.path('claude'),
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: KEY,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
      DISABLE_TELEMETRY: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_ERROR_REPORTING: '1',
    },
    program: [binary],
    words: [],
    resume: ['--continue'],
  }),
  ...toolsOf('mcp__pm__'),
};

/** Adds the plugin of this repository, and the permissions that it needs. */
export function prepare(at) {
  bare.prepare(at);
  const allow = ['Bash', 'Edit', 'Write', 'Read', PREFIX.slice(0, -2)];
  const settings = { permissions: { allow, defaultMode: 'acceptEdits' } };
  writeFileSync(join(at.world.path('claude'), 'settings.json'), JSON.stringify(settings));
}

export const launch = (at) => ({ ...bare.launch(at), words: ['--plugin-dir', PLUGIN] });

export const isReady = (screen) => /^❯/m.test(screen) && !screen.includes('Yes, I trust');

/** Offered now and then, whatever was answered before. */
export const isDialog = (screen) => screen.includes('Make auto mode your default permission mode?');

export const exit = '/exit';

/** The model's call of a command in the shell. */
export const shell = (command, { background = false } = {}) => ({
  call: 'Bash',
  input: { command, description: command.slice(0, 60), ...(background && { run_in_background: true }) },
});
export const { tool, loading } = toolsOf(PREFIX);
export const canWake = true;
export const blocks = () => false;
export const isConnecting = ({ heard }) => heard.at(-1).includes('still connecting');
/** Whether the host has said that it will wake the model, and has not done so yet. */
export const promises = (text) =>
  text.split(/will be notified|receive a notification/).length > text.split('<task-notification>').length;
export const hasBackground = true;
/** Reads the output that a background shell has left. */
export function reading(text) {
  const path = [...text.matchAll(/(?:<output-file>|Output is being written to: )([^<\s"\\]+?)(?:\.? |<|\\n)/g)].at(
    -1,
  )?.[1];
  return path === undefined ? shell('false') : { call: 'Read', input: { file_path: path } };
}
/** Stops what the last call has left in the background; undefined if it has left nothing there. */
export function stopping(results) {
  const id = /background (?:as task |with ID: )(\w+)/.exec(results.join('\n'))?.[1];
  return id === undefined ? undefined : { call: 'TaskStop', input: { task_id: id } };
}

/** The model's calls of pm's tools, and what it must call before the first of them. */
function toolsOf(prefix) {
  return {
    tool: (name, input) => ({ call: prefix + name, input }),
    loading: (...names) => [
      {
        call: 'ToolSearch',
        input: { query: `select:${names.map((name) => prefix + name).join(',')}`, max_results: 5 },
      },
    ],
  };
}
