import { Duration, PmError } from '@pm/protocol';
import { describeIssue, type Issue, issuePath } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check, PreparedCheck, Remedy } from '../check.ts';
import { BUILT_IN } from './built-in.ts';

/** A check as it is written: `id:text` as after `--check`, or an object with `check` and its options as in `pm.config.json`. */
export type CheckSpec = string | { readonly check: string; readonly [option: string]: unknown };

export interface PrepareOptions {
  /** Absolute: from where own checks are looked for. */
  readonly home: string;
  /** How the place of the wish is called in errors: `pm.config.json: checks[1]`, `--check`. */
  readonly where: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of the file of an own check before it is loaded; what it throws is thrown. */
  readonly beforeLoading?: (file: string) => unknown;
}

/** What may be said of every check beside its own options. */
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
 * The check that is wished, its options parsed. A check of the project's own (by path or package) is loaded and runs in a thread of its own,
 * outside of our process.
 * @throws PmError `usage` if there is no such check, or it does not take these options
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
 * Several checks at once. If one of them is none, those of the project's own that were opened meanwhile are ended: nobody will ask them,
 * and they would keep whoever opened them from ending.
 * @throws PmError `usage`, the first in the order asked
 */
export async function prepareChecks(
  specs: readonly { readonly spec: CheckSpec; readonly where: string }[],
  options: Omit<PrepareOptions, 'where'>,
): Promise<PreparedCheck[]> {
  const settled = await Promise.allSettled(specs.map(({ spec, where }) => prepareCheck(spec, { ...options, where })));
  const prepared = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const fault = settled.find((one) => one.status === 'rejected');
  if (fault === undefined) return prepared;
  await Promise.all(prepared.map(({ check }) => check.dispose?.()));
  throw fault.reason;
}

/** The names of a check's options. */
export function optionNames({ options }: Check<unknown>): string[] {
  return Object.keys((options as Partial<z.ZodMiniObject>).shape ?? {});
}

/** `http:http://x/` is the check `http` and its text; a path of an own check has no colon in it. */
function partsOf(spec: string): [id: string, text: string | undefined] {
  const colon = spec.indexOf(':');
  return colon < 0 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
}

/** Loaded when asked for: most projects have none. */
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
      `${options.where}: there is no check ${JSON.stringify(id)}, and no such file or package seen from ${options.home}.`,
      isPath
        ? `Did you mean ./${id}? A path begins with a dot or a slash.`
        : `Known: ${known}. A check of your own is a path (./checks/gpu.mjs) or a package.`,
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
    `Its options: ${known.join(', ') || 'none'}; docs/reference/checks.md tells more.`,
  );
}

/** Nobody said that it is safe: a person decides. */
function remedyOf({
  argv,
  safety = 'needs-approval',
  cwd,
}: NonNullable<z.infer<typeof CommonOptions>['remedy']>): Remedy {
  return { argv, safety, ...(cwd !== undefined && { cwd }) };
}
