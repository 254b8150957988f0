import type { CheckContext } from '../check.ts';
import { redact } from '../run/redact.ts';
import { whyOf } from '../with-timeout.ts';
import type { Fix } from './plan-fixes.ts';

/** How a fix ended. That it exited 0 is no proof: check again. */
export interface AppliedFix extends Fix {
  readonly applied: boolean;
  /** How it ended, and the end of what it said if it failed: one line. */
  readonly evidence: string;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  /** Told of each fix before it is carried out. */
  readonly announce?: (fix: Fix) => void | Promise<void>;
  /** How long one fix may take, ms. Without: ten minutes. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 600_000;
/** Of what a fix says, the end is kept: it may be a package manager with a progress bar. */
const KEPT_CHARACTERS = 4_096;

/**
 * Carries the fixes out, one after the other, without a shell, reading nothing from stdin. One that fails does not keep the others back.
 * @throws the signal's reason, if it ended first
 */
export async function applyFixes(
  fixes: readonly Fix[],
  context: CheckContext,
  options: ApplyOptions = {},
): Promise<AppliedFix[]> {
  const applied: AppliedFix[] = [];
  for (const fix of fixes) {
    options.signal?.throwIfAborted();
    await options.announce?.(fix);
    applied.push({ ...fix, ...(await carriedOut(fix, context, options)) });
  }
  options.signal?.throwIfAborted();
  return applied;
}

async function carriedOut(
  { argv: [program = '', ...args], cwd }: Fix,
  context: CheckContext,
  { signal, budgetMs = BUDGET_MS }: ApplyOptions,
): Promise<Pick<AppliedFix, 'applied' | 'evidence'>> {
  const { execa } = await import('execa');
  const child = execa(program, args, {
    cwd: cwd ?? context.cwd,
    env: { ...context.env },
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
    timeout: budgetMs,
    ...(signal !== undefined && { cancelSignal: signal }),
  });
  let said = '';
  child.all.setEncoding('utf8');
  child.all.on('data', (text: string) => {
    said = `${said}${text}`.slice(-KEPT_CHARACTERS);
  });
  // A daemon that a fix started may hold its output for ever: the exit is the end.
  child.once('exit', () => setTimeout(() => child.all.destroy(), 200).unref());
  try {
    const { failed, shortMessage, exitCode } = await child;
    if (exitCode === 0) return { applied: true, evidence: 'exit 0' };
    const why = exitCode === undefined || !failed ? (shortMessage ?? 'it did not end') : `exit ${exitCode}`;
    return { applied: false, evidence: redact([why, lastLines(said)].filter(Boolean).join(': '), context.env) };
  } catch (error) {
    return { applied: false, evidence: redact(whyOf(error), context.env) };
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-3).join(' / ');
}
