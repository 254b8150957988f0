import { Duration, PmError } from '@pm/protocol';
import { describeIssue, type Issue, issuePath } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check, PreparedCheck, Remedy } from '../check.ts';
import { BUILT_IN } from './built-in.ts';
import { withDetected } from './detect-checks.ts';

/** A check as people write it: `id:text` as after `--check`, or an object with `check` and its options as in `pm.config.json`. */
export type CheckSpec = string | { readonly check: string; readonly [option: string]: unknown };

export interface PrepareOptions {
  /** Absolute. The project's own checks are looked for from here. */
  readonly home: string;
  /** Where the check is written, for errors: `pm.config.json: checks[1]`, `--check`. */
  readonly where: string;
  /** The environment of the project's own checks. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command that is about to run, for the checks that `auto` finds. */
  readonly argv?: readonly string[] | undefined;
  /** Called with the file of one of the project's own checks before it is loaded. What it throws is thrown. */
  readonly beforeLoading?: (file: string) => unknown;
}

/** Written in place of a check: those that apply to the folder. */
const AUTO = 'auto';

/** The options that every check takes besides its own. */
export const CommonOptions = z.object({
  title: z.optional(z.string().check(z.minLength(1), z.maxLength(120))),
  budget: z.optional(Duration),
  remedy: z.optional(
    z.strictObject({
      argv: z.array(z.string()).check(z.minLength(1)),
      safety: z.optional(z.enum(['safe', 'needs-approval'])),
      cwd: z.optional(z.string()),
    }),
  ),
});

/**
 * Finds a check and parses its options. One of the project's own (a path or a package) is loaded, in a thread outside of our process.
 * @throws PmError `usage` if there is no such check, or it does not accept these options
 */
export async function prepareCheck(spec: CheckSpec, options: PrepareOptions): Promise<PreparedCheck> {
  const { where } = options;
  const [id, text] = typeof spec === 'string' ? partsOf(spec) : [spec.check, undefined];
  const { check: _, title, budget, remedy, ...given } = typeof spec === 'string' ? { check: id } : spec;
  const common = CommonOptions.safeParse({ title, budget, remedy });
  const at = `${where} (${id})`;
  if (!common.success)
    throw badOptions(at, common.error.issues, { title, budget, remedy }, Object.keys(CommonOptions.shape));
  const builtIn = BUILT_IN.find((check) => check.id === id);
  const found = builtIn ?? (await ownCheckOf(id, { text, given }, options));
  const written = builtIn === undefined ? {} : text === undefined ? given : found.fromText(text);
  const parsed = found.options.safeParse(written);
  if (!parsed.success) throw badOptions(at, parsed.error.issues, written, optionNames(found));
  const { title: named, budget: budgetMs, remedy: mends } = common.data;
  return {
    check: found,
    options: builtIn === undefined ? { text, ...given } : parsed.data,
    ...(named !== undefined && { title: named }),
    ...(budgetMs !== undefined && { budgetMs }),
    ...(mends !== undefined && { remedy: remedyOf(mends) }),
  };
}

/**
 * Prepares several checks at once. `auto` stands for those that apply to `home`. If one cannot be prepared, the project's own checks that were loaded meanwhile are ended; otherwise
 * they would keep this process alive.
 * @throws PmError `usage`: the first one, in the order of `specs`
 */
export async function prepareChecks(
  specs: readonly { readonly spec: CheckSpec; readonly where: string }[],
  options: Omit<PrepareOptions, 'where'>,
): Promise<PreparedCheck[]> {
  const named = specs.filter(({ spec }) => (typeof spec === 'string' ? spec : spec.check) !== AUTO);
  const settled = await Promise.allSettled(named.map(({ spec, where }) => prepareCheck(spec, { ...options, where })));
  const prepared = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const fault = settled.find((one) => one.status === 'rejected');
  const { home, env, argv } = options;
  if (fault === undefined)
    return named.length === specs.length ? prepared : withDetected(prepared, { cwd: home, env, ...(argv && { argv }) });
  await Promise.all(prepared.map(({ check }) => check.dispose?.()));
  throw fault.reason;
}

/** The names of a check's options. */
export function optionNames({ options }: Check<unknown>): string[] {
  return Object.keys((options as Partial<z.ZodMiniObject>).shape ?? {});
}

/**
 * Splits at the first colon: `http:http://x/` is the check `http` and its text, and so is a URL alone. A path with a colon cannot be written
 * like this.
 */
function partsOf(spec: string): [id: string, text: string | undefined] {
  if (/^https?:\/\//.test(spec)) return ['http', spec];
  const colon = spec.indexOf(':');
  return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
}

/** The code for this is loaded on demand, because most projects have no checks of their own. */
async function ownCheckOf(
  id: string,
  written: { readonly text: string | undefined; readonly given: object },
  options: PrepareOptions,
): Promise<Check<unknown>> {
  const { locateOwnCheck, openOwnCheck } = await import('../own-checks/own-check.ts');
  const file = locateOwnCheck(id, options.home);
  if (file === undefined) {
    const known = BUILT_IN.map((check) => check.id).join(', ');
    const isPath = locateOwnCheck(`./${id}`, options.home) !== undefined;
    throw new PmError(
      'usage',
      `${options.where}: there is no check ${JSON.stringify(id)}, and ${options.home} has no such file or package.`,
      isPath
        ? `Write ./${id} if you mean that file: a path begins with a dot or a slash.`
        : `Built-in checks: ${known}; auto stands for those that apply. A check of your own is a path (./checks/gpu.mjs) or a package.`,
    );
  }
  options.beforeLoading?.(file);
  return openOwnCheck(file, written, options);
}

function badOptions(at: string, [issue]: readonly Issue[], given: unknown, known: readonly string[]): PmError {
  const what =
    issue === undefined
      ? 'its options are not valid'
      : [issuePath(issue), describeIssue(issue, given)].filter(Boolean).join(' ');
  return new PmError(
    'usage',
    `${at}: ${what}.`,
    `Its options: ${known.join(', ') || 'none'}. docs/reference/checks.md describes them.`,
  );
}

/** A remedy that is not called safe needs approval. */
function remedyOf({
  argv,
  safety = 'needs-approval',
  cwd,
}: NonNullable<z.infer<typeof CommonOptions>['remedy']>): Remedy {
  return { argv, safety, ...(cwd !== undefined && { cwd }) };
}
