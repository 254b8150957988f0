import type { OperationName } from '@pm/operations';

/**
 * Annotations that a host may show before a call. They are hints; `bounds` of pm.config.json enforces limits. What the protocol assumes
 * anyway is left out: `readOnlyHint` and `idempotentHint` are false, `openWorldHint` is true, and with `readOnlyHint` two of the others mean nothing.
 */
type Effects =
  | { readonly readOnlyHint: true; readonly openWorldHint?: false }
  | { readonly destructiveHint: boolean; readonly idempotentHint?: true; readonly openWorldHint?: false };

/** The operations that a tool can offer: their answers are about runs, checks, breakers or a log. */
export type ToolOperation = Exclude<OperationName, 'init' | 'template' | 'conformance' | 'doctor'>;

/** An operation that has no tool of its own: a call of the tool with this field is a call of that operation. */
export interface Variant {
  readonly operation: ToolOperation;
  /** The field of the operation that takes the value. Without it the value can only be true, and is not passed on. */
  readonly value?: string;
  /** Fields that have another name in the operation. */
  readonly renamed?: Readonly<Record<string, string>>;
}

/** What only this frontend knows about an operation. Fields and description come from the operation and are not repeated here. */
export interface Tool {
  readonly operation: ToolOperation;
  readonly effects: Effects;
  /** Fields of the operation that the tool does not offer. */
  readonly without?: readonly string[];
  /** Fields that few calls need. The list of tools has them in one field `options`, because every request of some hosts repeats the list. */
  readonly rare?: readonly string[];
  /** Other operations, by the field that selects them. */
  readonly variants?: Readonly<Record<string, Variant>>;
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
    effects: { destructiveHint: true },
    without: ['beat', 'skipChecks', 'literal', 'notify'],
    variants: {
      ensure: { operation: 'ensure' },
      up: { operation: 'up' },
      adopt: { operation: 'adopt', value: 'pid', renamed: { step: 'as' } },
    },
    rare: [
      'ensure',
      'up',
      'adopt',
      'port',
      'ready',
      'waitReady',
      'readyTimeout',
      'keep',
      'stdin',
      'queue',
      'priority',
      'front',
      'after',
      'label',
      'hardTimeout',
      'grace',
      'liveness',
      'stale',
      'quietAfter',
      'logCap',
      'retries',
      'backoff',
      'restart',
      'resetAfter',
      'split',
    ],
  },
  wait_run: { operation: 'wait', effects: LOOKS, without: ['timeout', 'stale'] },
  ls_runs: {
    operation: 'ls',
    effects: LOOKS,
    without: ['failed', 'since', 'limit', 'watch', 'oneline'],
    answers: 'list',
  },
  show_status: { operation: 'status', effects: LOOKS, variants: { port: { operation: 'who', value: 'port' } } },
  read_logs: {
    operation: 'logs',
    effects: { readOnlyHint: true },
    needs: ['step'],
    without: ['follow', 'failed'],
    answers: 'text',
  },
  extend_run: { operation: 'extend', effects: CHANGES, without: ['run'] },
  stop_run: {
    operation: 'stop',
    effects: { ...CHANGES, destructiveHint: true, idempotentHint: true },
    without: ['run'],
    variants: { all: { operation: 'down' } },
  },
  recover_runs: { operation: 'recover', effects: LOOKS, without: ['limit', 'unread', 'read'], answers: 'list' },
  run_preflight: {
    operation: 'preflight',
    effects: { destructiveHint: false, idempotentHint: true },
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
