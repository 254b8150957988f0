const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/**
 * How long one call may wait, by the name a client gives itself: shortly before it gives up on us. Each of these was measured or is in
 * its sources (docs/reference/mcp.md). `quiet`: where it asks for no progress, and silence has a limit of its own.
 */
const BUDGETS: readonly (readonly [prefix: string, budget: { readonly told: number; readonly quiet: number }])[] = [
  ['claude-code', { told: 240 * MINUTE, quiet: 25 * MINUTE }],
  ['codex', { told: 280 * SECOND, quiet: 280 * SECOND }],
  ['gemini-cli', { told: 590 * SECOND, quiet: 590 * SECOND }],
  ['Visual Studio Code', { told: 4 * MINUTE, quiet: 4 * MINUTE }],
];

/** SDKs give up after a minute; some hosts say so to nobody. */
const STRANGER_MS = 45 * SECOND;

/** What leaves an answer time to get back. */
const MARGIN_MS = 5 * SECOND;

/**
 * How long a wait may take before it answers `running`, ms.
 * @param client as it calls itself; unverified, so it decides about nothing but its own waiting
 * @param isTold it asked for progress
 * @param env `PM_MCP_BUDGET_MS` for hosts that nobody knows; `MCP_TOOL_TIMEOUT` where Claude Code was given one
 */
export function waitBudgetMs(
  client: string,
  isTold: boolean,
  env: Readonly<Record<string, string | undefined>>,
): number {
  const own = millisecondsIn(env['PM_MCP_BUDGET_MS']);
  if (own !== undefined) return own;
  const [, known] = BUDGETS.find(([prefix]) => client.startsWith(prefix)) ?? [];
  const usual = known === undefined ? STRANGER_MS : isTold ? known.told : known.quiet;
  const limit = millisecondsIn(env['MCP_TOOL_TIMEOUT']);
  return limit === undefined ? usual : Math.max(SECOND, Math.min(usual, limit - MARGIN_MS));
}

function millisecondsIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}
