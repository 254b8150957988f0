import type { OperationName } from '@pm/operations';

/** What a host may tell its user of a tool before it is called. Hints, never enforcement: that is `bounds` of pm.config.json. */
interface Effects {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What is this frontend's own about an operation. Its fields and its sentence come from the operation and are not repeated here. */
export interface Tool {
  readonly operation: OperationName;
  readonly effects: Effects;
  /** Fields that make no sense between a request and its one answer. */
  readonly without?: readonly string[];
  /** One sentence, where the operation's own says more than the tool does. */
  readonly says?: string;
  /** What the tool stands for among the things that its operation can do; its caller does not say it. */
  readonly fixed?: Readonly<Record<string, unknown>>;
  /** Fields that the operation leaves open, and this tool cannot do without. */
  readonly needs?: readonly string[];
  /**
   * `list`: always runs in an array; `text`: the output of a job, in a fence and without a structure; `findings`: of checks. Else the
   * facts of one run or breaker in one flat object.
   */
  readonly answers?: 'list' | 'text' | 'findings';
}

const LOOKS: Effects = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };
const CHANGES: Effects = { ...LOOKS, readOnlyHint: false, idempotentHint: false };

// Why: contributing/decisions/2026-11-24-tools-are-operations.md
/** Every tool by its name: the verb of the command line and a noun. A line each; the order is that of `tools/list`. */
export const TOOLS = {
  start_run: {
    operation: 'start',
    effects: { ...CHANGES, destructiveHint: true, openWorldHint: true },
    without: ['beat', 'skipChecks'],
  },
  wait_run: { operation: 'wait', effects: LOOKS, without: ['timeout', 'stale'] },
  ls_runs: { operation: 'ls', effects: LOOKS, answers: 'list' },
  show_status: { operation: 'status', effects: LOOKS },
  read_logs: { operation: 'logs', effects: { ...LOOKS, openWorldHint: true }, without: ['follow'], answers: 'text' },
  extend_run: { operation: 'extend', effects: CHANGES },
  stop_run: { operation: 'stop', effects: { ...CHANGES, destructiveHint: true, idempotentHint: true } },
  recover_runs: { operation: 'recover', effects: LOOKS, without: ['limit'], answers: 'list' },
  run_preflight: {
    operation: 'preflight',
    effects: { ...CHANGES, idempotentHint: true, openWorldHint: true },
    answers: 'findings',
  },
  reset_breaker: {
    operation: 'breaker',
    effects: { ...CHANGES, destructiveHint: true, idempotentHint: true },
    says: 'Close a breaker, so that its step may be started again though nothing has changed since it failed.',
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

/** The tool that offers this call of an operation, and what is left to say; undefined for what only people need. */
export function toolFor(
  operation: string,
  input: Readonly<Record<string, unknown>> = {},
): { readonly tool: ToolName; readonly arguments: Readonly<Record<string, unknown>> } | undefined {
  for (const [tool, { operation: offered, fixed = {} }] of Object.entries(TOOLS) as [ToolName, Tool][]) {
    if (offered !== operation || Object.entries(fixed).some(([field, value]) => input[field] !== value)) continue;
    const said = Object.entries(input).filter(([field]) => !Object.hasOwn(fixed, field));
    return { tool, arguments: Object.fromEntries(said) };
  }
  return undefined;
}
