import type { OperationName } from '@pm/operations';

/**
 * Annotations that a host may show before a call. They are hints; `bounds` of pm.config.json enforces limits. What the protocol assumes
 * anyway is left out: `readOnlyHint` and `idempotentHint` are false, and with `readOnlyHint` two of the others mean nothing.
 */
type Effects =
  | { readonly readOnlyHint: true; readonly openWorldHint: boolean }
  | { readonly destructiveHint: boolean; readonly idempotentHint?: true; readonly openWorldHint: boolean };

/** What only this frontend knows about an operation. Fields and description come from the operation and are not repeated here. */
export interface Tool {
  readonly operation: OperationName;
  readonly effects: Effects;
  /** Fields of the operation that the tool does not offer. */
  readonly without?: readonly string[];
  /** Fields that few calls need. The list of tools has them in one field `options`, because every request of some hosts repeats the list. */
  readonly rare?: readonly string[];
  /** The description, if the operation's summary says more than the tool does. */
  readonly says?: string;
  /** Fields with a fixed value, which the caller cannot set. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Fields that are optional for the operation and required for the tool. */
  readonly needs?: readonly string[];
  /**
   * `list`: an array of runs. `text`: job output between two marks, without structured content. `findings`: results of checks. Otherwise the
   * facts of one run or breaker as one flat object.
   */
  readonly answers?: 'list' | 'text' | 'findings';
}

const LOOKS = { readOnlyHint: true, openWorldHint: false } as const;
const CHANGES = { destructiveHint: false, openWorldHint: false } as const;

// Why: contributing/decisions/2026-11-24-tools-are-operations.md
/** Every tool by its name: the verb of the command line and a noun. The order is that of `tools/list`. */
export const TOOLS = {
  start_run: {
    operation: 'start',
    effects: { ...CHANGES, destructiveHint: true, openWorldHint: true },
    without: ['beat', 'skipChecks', 'stdin', 'literal', 'notify', 'readyTimeout', 'keep', 'resetAfter'],
    rare: [
      'port',
      'ready',
      'waitReady',
      'queue',
      'priority',
      'front',
      'after',
      'hardTimeout',
      'grace',
      'liveness',
      'stale',
      'quietAfter',
      'logCap',
      'retries',
      'backoff',
      'restart',
      'split',
    ],
  },
  wait_run: { operation: 'wait', effects: LOOKS, without: ['timeout', 'stale'] },
  ls_runs: { operation: 'ls', effects: LOOKS, without: ['failed', 'since', 'limit'], answers: 'list' },
  show_status: { operation: 'status', effects: LOOKS },
  read_logs: {
    operation: 'logs',
    effects: { ...LOOKS, openWorldHint: true },
    needs: ['step'],
    without: ['follow', 'failed'],
    answers: 'text',
  },
  extend_run: { operation: 'extend', effects: CHANGES },
  stop_run: { operation: 'stop', effects: { ...CHANGES, destructiveHint: true, idempotentHint: true } },
  recover_runs: { operation: 'recover', effects: LOOKS, without: ['limit', 'unread', 'read'], answers: 'list' },
  run_preflight: {
    operation: 'preflight',
    effects: { ...CHANGES, idempotentHint: true, openWorldHint: true },
    answers: 'findings',
  },
  reset_breaker: {
    operation: 'breaker',
    effects: { ...CHANGES, destructiveHint: true, idempotentHint: true },
    says: 'Close a breaker: its step can be started again although no file has changed.',
    fixed: { action: 'reset' },
    needs: ['name'],
    without: ['action', 'outcome', 'signature', 'for'],
  },
} as const satisfies Readonly<Record<string, Tool>>;
export type ToolName = keyof typeof TOOLS;

/** Whether there is a tool of this name. */
export function isTool(name: string): name is ToolName {
  return Object.hasOwn(TOOLS, name);
}

/** The tool for this call of an operation, and the remaining arguments; undefined if there is no such tool, or if it lacks one of the fields. */
export function toolFor(
  operation: string,
  input: Readonly<Record<string, unknown>> = {},
): { readonly tool: ToolName; readonly arguments: Readonly<Record<string, unknown>> } | undefined {
  for (const [tool, { operation: offered, fixed = {}, without = [], rare = [] }] of Object.entries(TOOLS) as [
    ToolName,
    Tool,
  ][]) {
    if (offered !== operation || Object.entries(fixed).some(([field, value]) => input[field] !== value)) continue;
    if (Object.keys(input).some((field) => without.includes(field) && !Object.hasOwn(fixed, field))) continue;
    const said = Object.entries(input).filter(([field]) => !Object.hasOwn(fixed, field));
    return { tool, arguments: inOptions(said, rare) };
  }
  return undefined;
}

/** Fields with the rare ones in `options`, as the list of tools has them. */
function inOptions(fields: readonly (readonly [string, unknown])[], rare: readonly string[]): Record<string, unknown> {
  const options = fields.filter(([field]) => rare.includes(field));
  const usual = Object.fromEntries(fields.filter(([field]) => !rare.includes(field)));
  return options.length === 0 ? usual : { ...usual, options: Object.fromEntries(options) };
}
