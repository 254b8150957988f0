import { dirname, resolve } from 'node:path';
import {
  type Asked,
  allAsked,
  applyFixes,
  detectChecks,
  type Finding,
  masked,
  maskedArgv,
  type Place,
  planFixes,
  runChecks,
} from '@pm/preflight';
import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { checksOf } from '../config/checks-of.ts';
import type { Config } from '../config/config.ts';
import { configFileOf } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { projectConfig } from '../project/project-config.ts';
import { withinRoots } from '../project/within-roots.ts';
import { dir, flag, stepName } from '../shape/fields.ts';
import { says } from '../shape/says.ts';
import { commandToRun } from './command-to-run.ts';
import { findingsView } from './findings-view.ts';
import { askedFor, placeOf } from './preflight-gate.ts';

export const preflight = operation({
  name: 'preflight',
  summary: 'Check whether the environment is fit: before a loop, before a long run. Ends with 121 if a check fails.',
  input: z.strictObject({
    step: says('A step of pm.config.json: its checks alone. Default: those of every step.', z.optional(stepName)),
    check: says(
      'Only this, several times for several: command:node >=20, http:http://127.0.0.1:8123/, tcp:db:5432, env:NAME, file:, directory:, writable:, disk:2GiB, port:8080, shebang:FILE, venv-scripts, venv-moved, python-version:>=3.11, python-module:NAME, pip-interpreter, node-modules, or ./own-check.mjs.',
      z.optional(z.array(z.string()).check(z.minLength(1))),
    ),
    cwd: says('From where the checks of this call are made. Default: yours.', z.optional(z.string())),
    fix: flag('Apply the safe remedies of what failed, in order, and check again.'),
    dir,
  }),
  output: async () => (await import('./preflight-answer.ts')).PreflightAnswer,
  run: async (input, context) => {
    const { asked, place } = await wishedFor(input, context);
    const { signal } = context;
    const first = await runChecks(asked, place, { signal });
    const plan = planFixes(first);
    if (input.fix !== true || plan.length === 0) {
      const again = {
        operation: 'preflight',
        input: { ...input, fix: true },
        why: 'apply what is safe, and check again',
      };
      return {
        cwd: place.cwd,
        findings: findingsView(first, context.env),
        fixes: [],
        next: plan.length > 0 && isShowable(input.check) ? [again] : [],
      };
    }
    const announce = async ({ check, argv }: { check: string; argv: readonly string[] }): Promise<void> =>
      context.report?.({ type: 'fixing', check, argv: maskedArgv(argv, context.env) });
    const applied = await applyFixes(plan, place, { signal, announce });
    const findings: Finding[] = await runChecks(asked, place, { signal });
    const fixes = applied.map((fix) => ({ ...fix, argv: maskedArgv(fix.argv, context.env) }));
    return { cwd: place.cwd, findings: findingsView(findings, context.env), fixes, next: [] };
  },
});

type Input = z.infer<typeof preflight.input>;

/** A call that has a secret in it is not repeated in an answer. */
function isShowable(wishes: readonly string[] = []): boolean {
  return wishes.every((wish) => masked(wish, {}) === wish);
}

/** What is to be asked, and from where: the call's own checks, else the configuration's, else whatever applies here. */
async function wishedFor(
  { step, check: wishes, cwd: from = '.', fix, dir: named }: Input,
  context: Context,
): Promise<{ readonly asked: readonly Asked[]; readonly place: Place }> {
  const where = locateDirectory(named, context);
  const cwd = withinRoots(resolve(context.cwd, from), context.bounds);
  const home = dirname(configFileOf(where));
  const config = await projectConfig(where, context);
  const command = step === undefined ? undefined : commandOf(step, config, where);
  if (wishes !== undefined) {
    const allows = (path: string): string => withinRoots(resolve(cwd, path), context.bounds);
    const given = wishes.map((wish) => ({ wish, where: '--check' }));
    const asked = await allAsked(given, { home: cwd, env: context.env, beforeLoading: allows });
    if (fix === true) for (const path of asked.flatMap(pathsOf)) allows(path);
    return { asked, place: placeOf(cwd, command, context) };
  }
  const checks = config === undefined ? [] : checksOf(config, configFileOf(where), step);
  const place = placeOf(config === undefined ? cwd : home, command, context);
  const asked = checks.length > 0 ? await askedFor(checks, home, context.env) : detectChecks(place);
  return { asked: [...(command === undefined ? [] : [commandToRun(command)]), ...asked], place };
}

/** What a check is about, and its remedies may make. */
function pathsOf({ check, options }: Asked): string[] {
  const { path, venv, command } = Object(options) as Record<string, unknown>;
  return [path, venv, check.id === 'shebang' ? command : undefined].filter((value) => typeof value === 'string');
}

/** @throws PmError `usage` for a step that is not in the configuration: fewer checks than meant would pass for all */
function commandOf(step: string, config: Config | undefined, where: string) {
  const file = configFileOf(where);
  const entry = Object.hasOwn(config?.steps ?? {}, step) ? config?.steps?.[step] : undefined;
  if (entry !== undefined) return { argv: entry.command, cwd: resolve(dirname(file), entry.cwd ?? '.') };
  const known = Object.keys(config?.steps ?? {}).join(', ') || 'none';
  const message = `${file} ${config === undefined ? 'is not there' : `has no step ${step}`}.`;
  throw new PmError('usage', message, `Without a step all is checked: pm preflight. Steps there: ${known}.`);
}
