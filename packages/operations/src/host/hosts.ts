import { isDeepStrictEqual } from 'node:util';
import type { EntryPath } from './json-entry.ts';

/** The longest time that a host waits for a call, if it is told so, ms; and how long a call waits then. The rest is for the answer's way. */
const TIMEOUT_MS = 30 * 60_000;
const BUDGET = { PM_MCP_BUDGET_MS: String(TIMEOUT_MS - 20_000) };

/** Claude Code calls the command with every message, and after so many seconds without one: runs end while nobody writes. */
const REFRESH_S = 10;

/** What a user asks `pm init --host` for. */
export interface Asked {
  /** The command of the server. */
  readonly server: readonly [string, ...string[]];
  /** The host calls it without asking. */
  readonly trust: boolean;
  /** An ending that nobody waits for is sent to the session that started the run. */
  readonly notify: boolean;
  /** `pm` is on the PATH, so that a shell of the host finds it. */
  readonly isOnPath: boolean;
  /** The host shows the runs in its status line. */
  readonly statusLine: boolean;
  /** How a shell calls this program: `pm`, or `node` and its path. */
  readonly invocation: string;
}

/** An entry that a host wants in one of its files. Paths are relative to the project. */
export interface Entry {
  /** The first of these that exists, else the first. */
  readonly files: readonly [string, ...string[]];
  readonly isLenient: boolean;
  readonly path: EntryPath;
  /** What else a new file gets. */
  readonly root?: object;
  /** Undefined if the host needs no such entry. */
  readonly value: (asked: Asked) => object | undefined;
  /** It starts the server. */
  readonly isServer: boolean;
  /** Whether we have written this value, where that cannot be worked out from `value`. */
  readonly isOurs?: (found: unknown) => boolean;
  /** It stays when a later call does not ask for it. */
  readonly stays?: true;
  /** What the user may do if there is an entry of the user's own, which stays. */
  readonly instead?: (asked: Asked) => string;
}

/** What teaches a coding agent to use pm: the files that it reads, and what stands in them. */
export interface HostSetup {
  /** The file that the agent reads at its start. */
  readonly guidance: string;
  readonly entries?: readonly Entry[];
  /** The block of a TOML file, and the table that it defines. */
  readonly toml?: {
    readonly file: string;
    readonly table: readonly [string, string];
    readonly lines: (asked: Asked) => string;
  };
  /** What the user has to know or do. */
  readonly notes?: (asked: Asked) => readonly string[];
}

// Why: contributing/decisions/2026-11-29-files-of-hosts.md
/** The files of each coding agent, inside of the project. What each reads was seen in the versions of docs/how-to/use-from-a-coding-agent.md. */
export const HOSTS = {
  claude: {
    guidance: 'CLAUDE.md',
    entries: [
      {
        files: ['.mcp.json'],
        isLenient: false,
        path: ['mcpServers', 'pm'],
        value: ({ server: [command, ...args] }) => ({ command, args }),
        isServer: true,
      },
      {
        files: ['.claude/settings.local.json'],
        isLenient: false,
        path: ['enabledMcpjsonServers'],
        value: ({ trust }) => (trust ? ['pm'] : undefined),
        isServer: false,
      },
      {
        files: ['.claude/settings.local.json'],
        isLenient: false,
        path: ['statusLine'],
        value: ({ statusLine, invocation }) =>
          statusLine
            ? { type: 'command', command: `${invocation} ls --oneline`, refreshInterval: REFRESH_S }
            : undefined,
        isServer: false,
        isOurs: (found) => {
          const { command, ...rest } = Object(found);
          const isAsWritten = isDeepStrictEqual(rest, { type: 'command', refreshInterval: REFRESH_S });
          return isAsWritten && / ls --oneline$/.test(String(command));
        },
        stays: true,
        instead: ({ invocation }) =>
          `to show the runs there too, let its command also print: ${invocation} ls --oneline`,
      },
      // A new entry goes to the top of the file, and only the top entry can be replaced. This one changes with the PATH, so it is written last.
      {
        files: ['.claude/settings.local.json'],
        isLenient: false,
        path: ['permissions', 'allow'],
        value: ({ trust, isOnPath }) => (trust ? ['mcp__pm', ...(isOnPath ? ['Bash(pm:*)'] : [])] : undefined),
        isServer: false,
      },
    ],
    notes: ({ trust, isOnPath }) =>
      trust
        ? [
            'Claude Code starts the server only in a folder that it trusts: it asks when it is started there.',
            ...(isOnPath
              ? []
              : [
                  'The PATH has no pm, so no permission for it in a shell was written: Claude Code asks before such a call. In a clone, npm run link puts it there; then make this call again.',
                ]),
          ]
        : [
            'Claude Code asks once whether to use the server of .mcp.json, and before calls. With --trust it does not ask; the model can then start any command.',
          ],
  },
  codex: {
    guidance: 'AGENTS.md',
    toml: {
      file: '.codex/config.toml',
      table: ['mcp_servers', 'pm'],
      lines: ({ server: [command, ...args], trust }) =>
        [
          '[mcp_servers.pm]',
          `command = ${JSON.stringify(command)}`,
          `args = ${JSON.stringify(args)}`,
          'env_vars = ["CODEX_HOME"]',
          `env = { PM_MCP_BUDGET_MS = "${BUDGET.PM_MCP_BUDGET_MS}" }`,
          `tool_timeout_sec = ${TIMEOUT_MS / 1_000}`,
          ...(trust ? ['default_tools_approval_mode = "approve"'] : []),
          '',
        ].join('\n'),
    },
    entries: [
      {
        files: ['pm.config.json'],
        isLenient: false,
        path: ['defaults', 'notify'],
        value: ({ notify }) => (notify ? ['codex'] : undefined),
        isServer: false,
      },
    ],
    notes: ({ trust, notify }) => [
      ...(notify
        ? [
            'Codex gets an ending that nobody waits for as a message of its user, by codex queue: one line without any output of the job.',
          ]
        : []),
      'Codex reads .codex/config.toml only in a project that it trusts: it asks when it is started there.',
      ...(trust
        ? []
        : [
            'Codex asks before a call that starts or stops a run; with approval "never" it refuses it. With --trust it does not ask; the model can then start any command, outside of the sandbox of Codex.',
          ]),
    ],
  },
  copilot: { guidance: '.github/copilot-instructions.md' },
  cursor: { guidance: 'AGENTS.md' },
  gemini: {
    guidance: 'GEMINI.md',
    entries: [
      {
        files: ['.gemini/settings.json'],
        isLenient: true,
        path: ['mcpServers', 'pm'],
        value: ({ server: [command, ...args], trust }) => ({
          command,
          args,
          env: BUDGET,
          timeout: TIMEOUT_MS,
          ...(trust && { trust: true }),
        }),
        isServer: true,
      },
    ],
    notes: ({ trust }) => [
      'Gemini CLI starts the server only in a folder that it trusts: it asks when it is started there; gemini -p needs GEMINI_CLI_TRUST_WORKSPACE=true.',
      ...(trust
        ? []
        : [
            'Gemini CLI asks before calls, and gemini -p has no tools of the server. With --trust it does not ask; the model can then start any command.',
          ]),
    ],
  },
  opencode: {
    guidance: 'AGENTS.md',
    entries: [
      {
        files: ['opencode.json', 'opencode.jsonc'],
        isLenient: true,
        path: ['mcp', 'pm'],
        root: { $schema: 'https://opencode.ai/config.json' },
        value: ({ server }) => ({ type: 'local', command: [...server] }),
        isServer: true,
      },
    ],
  },
} as const satisfies Readonly<Record<string, HostSetup>>;
export type Host = keyof typeof HOSTS;
