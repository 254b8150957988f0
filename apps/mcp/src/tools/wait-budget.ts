const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * How long one call may wait, by the name that the client gives itself: a little less than the client's own timeout. Each value was measured
 * or read in the client's source (docs/reference/mcp.md). `quiet` is for calls without progress, where some clients time out sooner.
 */
const BUDGETS: readonly (readonly [
  prefix: string,
  budget: { readonly withProgress: number; readonly quiet: number },
])[] = [
  ['claude-code', { withProgress: 240 * MINUTE, quiet: 25 * MINUTE }],
  ['codex', { withProgress: 280 * SECOND, quiet: 280 * SECOND }],
  ['gemini-cli', { withProgress: 590 * SECOND, quiet: 590 * SECOND }],
  // It starts its minute again at each progress message, and asks for them in every call.
  ['opencode', { withProgress: 240 * MINUTE, quiet: 45 * SECOND }],
  ['Visual Studio Code', { withProgress: 4 * MINUTE, quiet: 4 * MINUTE }],
];

/** For unknown clients: most SDKs time out after a minute. */
const UNKNOWN_CLIENT_MS = 45 * SECOND;

/** Time for the answer to reach the client. */
const MARGIN_MS = 5 * SECOND;

/**
 * How long a wait may take before it answers that the run is still running, ms.
 * @param client the name that the client gives itself; it is not verified, so it decides only how long this client waits
 * @param hasProgress whether the client asked for progress
 * @param env `PM_MCP_BUDGET_MS` overrides everything; `MCP_TOOL_TIMEOUT` is the timeout that Claude Code was given
 */
export function waitBudgetMs(
  client: string,
  hasProgress: boolean,
  env: Readonly<Record<string, string | undefined>>,
): number {
  const own = millisecondsIn(env['PM_MCP_BUDGET_MS']);
  if (own !== undefined) return own;
  const [, known] = BUDGETS.find(([prefix]) => client.startsWith(prefix)) ?? [];
  const usual = known === undefined ? UNKNOWN_CLIENT_MS : hasProgress ? known.withProgress : known.quiet;
  const limit = millisecondsIn(env['MCP_TOOL_TIMEOUT']);
  return limit === undefined ? usual : Math.max(SECOND, Math.min(usual, limit - MARGIN_MS));
}

function millisecondsIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}
