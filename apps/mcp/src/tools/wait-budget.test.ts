import { expect, test } from 'vitest';
import { waitBudgetMs } from './wait-budget.ts';

const MINUTE = 60_000;

test.each<[what: string, client: string, isTold: boolean, env: Record<string, string>, ms: number]>([
  ['a stranger is answered before the minute of the SDKs', 'cline', true, {}, 45_000],
  ['so is a client that does not say who it is', '', false, {}, 45_000],
  ['Claude Code waits for hours while it is told of progress', 'claude-code', true, {}, 240 * MINUTE],
  ['and half an hour in silence', 'claude-code', false, {}, 25 * MINUTE],
  ['Codex waits five minutes', 'codex-mcp-client', true, {}, 280_000],
  ['opencode waits for hours while it is told of progress', 'opencode', true, {}, 240 * MINUTE],
  ['and a minute in silence', 'opencode', false, {}, 45_000],
  ['a timeout that the host was given counts', 'claude-code', true, { MCP_TOOL_TIMEOUT: '120000' }, 115_000],
  ['a longer one makes no stranger patient', 'other', true, { MCP_TOOL_TIMEOUT: '120000' }, 45_000],
  ['a tiny one leaves a second', 'claude-code', true, { MCP_TOOL_TIMEOUT: '100' }, 1_000],
  ['who sets up the server knows best', 'other', true, { PM_MCP_BUDGET_MS: '600000' }, 600_000],
  ['nonsense is not obeyed', 'other', true, { PM_MCP_BUDGET_MS: '-1', MCP_TOOL_TIMEOUT: 'soon' }, 45_000],
])('%s', (_, client, isTold, env, ms) => expect(waitBudgetMs(client, isTold, env)).toBe(ms));
