import { dirname, resolve } from 'node:path';
import {
  applyFixes,
  type CheckContext,
  type Finding,
  type PreparedCheck,
  planFixes,
  prepareChecks,
  redact,
  redactArgv,
  runChecks,
  shebang,
  withDetected,
} from '@pm/preflight';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { checksOf } from '../config/checks-of.ts';
import type { Config } from '../config/config.ts';
import { configFileOf, readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { unreadConfig } from '../project/unread-config.ts';
import { withinRoots } from '../project/within-roots.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { stepName } from '../shape/step-name.ts';
import { byPort } from './by-port.ts';
import { checkContextOf, findingsView } from './preflight-gate.ts';

export const preflight = operation({
  name: 'preflight',
  summary: 'Check the environment before a long run or an unattended loop. Exits with 121 if a check fails.',
  input: z.strictObject({
    step: describe('Only the checks of this step in pm.config.json. Default: of every step.', z.optional(stepName)),
    check: describe(
      'Only this check (repeatable): command:node >=20, http:URL, tcp:5432, env:NAME, file:, directory:, writable:, disk:2GiB, port:8080, run:COMMAND, shebang:FILE, venv-scripts, venv-moved, python-version:>=3.11, python-module:NAME, pip-interpreter, node-modules, native-addons, auto, or ./own-check.mjs.',
      z.optional(z.array(z.string()).check(z.minLength(1))),
    ),
    cwd: describe('Directory in which the checks look. Default: yours.', z.optional(z.string())),
    fix: flag('Run the safe remedies of the failed checks, then check again.'),
    dir,
  }),
  output: async () => (await import('./preflight-answer.ts')).PreflightAnswer,
  run: async (input, context) => {
    const { prepared, place } = await checksToRun(input, context);
    const { signal } = context;
    const first = await runChecks(prepared, place, { signal });
    const plan = planFixes(first);
    if (input.fix !== true || plan.length === 0) {
      const again = {
        operation: 'preflight',
        input: { ...input, fix: true },
        why: 'apply the safe remedies and check again',
      };
      return {
        cwd: place.cwd,
        findings: findingsView(first, context.env),
        fixes: [],
        next: plan.length > 0 && isShowable(input.check) ? [again] : [],
      };
    }
    const announce = async ({ check, argv }: { check: string; argv: readonly string[] }): Promise<void> =>
      context.report?.({ type: 'fixing', check, argv: redactArgv(argv, context.env) });
    const applied = await applyFixes(plan, place, { signal, announce });
    const findings: Finding[] = await runChecks(prepared, place, { signal });
    const fixes = applied.map((fix) => ({ ...fix, argv: redactArgv(fix.argv, context.env) }));
    return { cwd: place.cwd, findings: findingsView(findings, context.env), fixes, next: [] };
  },
});

type Input = z.infer<typeof preflight.input>;

/** True if no check contains a secret: a call with a secret is not repeated in an answer. */
function isShowable(specs: readonly string[] = []): boolean {
  return specs.every((spec) => redact(spec, {}) === spec);
}

/** The checks to run, and where: those of the call, else those of the configuration and those that apply to the folder. */
async function checksToRun(
  { step, check: specs, cwd: from = '.', fix, dir: named }: Input,
  context: Context,
): Promise<{ readonly prepared: readonly PreparedCheck[]; readonly place: CheckContext }> {
  const where = locateDirectory(named, context);
  const cwd = withinRoots(resolve(context.cwd, from), context.bounds);
  const home = dirname(configFileOf(where));
  const config = await readConfig(where, context.bounds);
  const command = step === undefined ? undefined : commandOf(step, config, where);
  if (specs !== undefined) {
    const allows = (path: string): string => withinRoots(resolve(cwd, path), context.bounds);
    const given = specs.map((spec) => ({ spec, where: '--check' }));
    const prepared = await prepareChecks(given, { home: cwd, env: context.env, beforeLoading: allows });
    if (fix === true) for (const path of prepared.flatMap(pathsOf)) allows(path);
    return { prepared, place: checkContextOf(cwd, command, context) };
  }
  const checks = config === undefined ? [] : checksOf(config, configFileOf(where), step);
  const place = checkContextOf(config === undefined ? cwd : home, command, context);
  const { now, later } = byPort(checks);
  const own = await prepareChecks(now, { home, env: context.env, argv: place.argv });
  const prepared = config?.detect === false ? own : withDetected(own, place);
  const unread = config === undefined ? unreadConfig(where, context) : undefined;
  const first = [
    ...(unread === undefined ? [] : [configurationIsRead(unread)]),
    ...(command === undefined ? [] : [commandToRun(command)]),
  ];
  return { prepared: [...first, ...prepared, ...later], place };
}

/** The paths that a check reads, and that its remedies may change. */
function pathsOf({ check, options }: PreparedCheck): string[] {
  const { path, venv, command } = Object(options) as Record<string, unknown>;
  return [path, venv, check.id === 'shebang' ? command : undefined].filter((value) => typeof value === 'string');
}

/** @throws PmError `usage` for a step that is not in the configuration: otherwise it would run fewer checks than the caller expects */
function commandOf(step: string, config: Config | undefined, where: string) {
  const file = configFileOf(where);
  const entry = Object.hasOwn(config?.steps ?? {}, step) ? config?.steps?.[step] : undefined;
  if (entry !== undefined) return { argv: entry.command, cwd: resolve(dirname(file), entry.cwd ?? '.') };
  const known = Object.keys(config?.steps ?? {}).join(', ') || 'none';
  const message = `${file} ${config === undefined ? 'does not exist' : `has no step ${step}`}.`;
  throw new PmError('usage', message, `Its steps: ${known}. pm preflight without a step checks everything.`);
}

/** The finding that a configuration is not read. */
function configurationIsRead(evidence: string): PreparedCheck {
  const check = {
    id: 'configuration',
    title: 'the configuration of the project is read',
    options: z.unknown(),
    fromText: (text: string) => text,
    inspect: () => ({ state: 'warn' as const, evidence }),
  };
  return { check, options: {} };
}

/** The check that every start makes anyway: the command exists and is executable, and so is the interpreter of its shebang. */
export function commandToRun({ argv, cwd }: { readonly argv: readonly string[]; readonly cwd: string }): PreparedCheck {
  const options = { command: argv[0] ?? '' };
  return {
    check: {
      id: 'command',
      title: 'the command can run',
      options: z.unknown(),
      fromText: (text) => text,
      inspect: (_, place, signal) => shebang.inspect(options, { ...place, cwd }, signal),
      remedies: (_, place, signal) => shebang.remedies?.(options, { ...place, cwd }, signal) ?? [],
    },
    options: { argv, cwd },
  };
}
