import type { CheckContext } from '../check.ts';
import { redact } from '../run/redact.ts';
import { whyOf } from '../with-timeout.ts';
import type { Fix } from './plan-fixes.ts';

/** How a fix ended. An exit code of 0 does not prove that it helped: run the checks again. */
export interface AppliedFix extends Fix {
  /** It exited with 0. */
  readonly applied: boolean;
  /** One line: how it ended, and the last lines of its output if it failed. */
  readonly evidence: string;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  /** Called with each fix before it runs. */
  readonly announce?: (fix: Fix) => void | Promise<void>;
  /** How long one fix may take, ms. Default: 600 000. */
  readonly budgetMs?: number;
}

const BUDGET_MS = 600_000;
/** Only the end of the output is kept: it may be that of a package manager with a progress bar. */
const KEPT_CHARACTERS = 4_096;

/**
 * Runs the fixes one after the other, without a shell and without stdin. If one fails, the others still run.
 * @throws the reason of the signal, if that is aborted first
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
    applied.push({ ...fix, ...(await runFix(fix, context, options)) });
  }
  options.signal?.throwIfAborted();
  return applied;
}

async function runFix(
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
  // A daemon that a fix has started may keep the output open for ever, so the exit counts as the end.
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
