/** What a call needs of the connection. */
export interface CallKind {
  /** It is made at most once: a lost connection must not repeat it. Others are asked again, and only their last answer is shown. */
  readonly once: boolean;
  /** It lasts for as long as runs do, and reconnects for as long. */
  readonly waits: boolean;
  /** It only looks: without its caller it ends, and may begin again. */
  readonly lingers: boolean;
}

/** Verbs that may be repeated without harm. `stop` is none: a second one could end a run that was started after the first. */
const REPEATABLE = new Set(['ls', 'status', 'logs', 'who', 'template', 'help', 'completion']);
const WAITING = new Set(['wait', 'watch', 'run', 'ensure', 'up', 'batch', 'worker']);

/** Whatever is not known to be harmless is made once, also a verb that only a newer pm has. */
export function kindOfCall(argv: readonly string[]): CallKind {
  const [verb = 'help'] = argv;
  const own = ownOf(argv).slice(1);
  const follows = verb === 'logs' && own.some((word) => /^(?:--follow|-[a-z]*f[a-z]*)$/.test(word));
  const startWaits = verb === 'start' && own.some((word) => /^--wait(?:-ready)?$/.test(word));
  return {
    once:
      !(REPEATABLE.has(verb) && !follows) && !verb.startsWith('-') && !own.some((word) => /^(?:--help|-h)$/.test(word)),
    waits: WAITING.has(verb) || follows || startWaits,
    lingers: verb === 'wait' || verb === 'watch' || follows,
  };
}

/** The words before those of the command. */
function ownOf(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes < 0 ? undefined : dashes);
}

/** Whether the command gets the standard input of the caller. */
export function passesInput(argv: readonly string[]): boolean {
  return ownOf(argv).some((word, n, own) => word === '--stdin' && own[n + 1] !== 'open');
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How long a wait may take, if it says so. */
export function budgetOf(argv: readonly string[]): number | undefined {
  const own = ownOf(argv);
  const at = own.findIndex((word) => /^--budget(?:=|$)/.test(word));
  const text = own[at]?.split('=')[1] ?? own[at + 1] ?? '';
  const [, count, unit = ''] = (at < 0 ? null : /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}
