// Claude Code, interactive, with the plugin of this repository.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTerminal } from '../machine/terminal.mjs';
import { PLUGIN } from '../machine/world.mjs';

const KEY = 'sk-ant-dummy-key-of-the-hosts-harness';
const PREFIX = 'mcp__plugin_process-monitor_pm__';

export const name = 'Claude Code';
export const program = 'claude';

/** Writes what a person has answered once (onboarding, trust, key, permissions), so that no dialog comes up. */
export function prepare(world) {
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
  const allow = ['Bash', 'Edit', 'Write', 'Read', PREFIX.slice(0, -2)];
  writeFileSync(join(config, 'settings.json'), JSON.stringify({ permissions: { allow, defaultMode: 'acceptEdits' } }));
}

/** Opens a session in a terminal; `resume` continues the last one of this project. */
export async function open({ world, binary, model, session, resume = false }) {
  const env = {
    ...world.env,
    CLAUDE_CONFIG_DIR: world.path('claude'),
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: KEY,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
  };
  const command = [binary, '--plugin-dir', PLUGIN, ...(resume ? ['--continue'] : [])];
  return openTerminal({ folder: world.folder, name: session, command, env, cwd: world.project });
}

export const isReady = (screen) => /^❯/m.test(screen) && !screen.includes('Yes, I trust');

/** Offered now and then, whatever was answered before. */
export const isDialog = (screen) => screen.includes('Make auto mode your default permission mode?');

export const exit = '/exit';

/** The model's calls: a command in the shell, one of pm's tools, and what it must call before the first of those. */
export const shell = (command, { background = false } = {}) => ({
  call: 'Bash',
  input: { command, description: command.slice(0, 60), ...(background && { run_in_background: true }) },
});
export const tool = (name, input) => ({ call: PREFIX + name, input });
export const loading = (...names) => [
  { call: 'ToolSearch', input: { query: `select:${names.map((name) => PREFIX + name).join(',')}`, max_results: 5 } },
];
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
