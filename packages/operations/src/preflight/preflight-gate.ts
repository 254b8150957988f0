import { dirname, resolve } from 'node:path';
import {
  type CheckContext,
  type Finding,
  hashFindings,
  planFixes,
  prepareChecks,
  redactArgv,
  runChecks,
} from '@pm/preflight';
import { configFileOf } from '../config/read-config.ts';
import { checkWithPort } from '../ports/check-with-port.ts';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';
import type { Answer } from '../shape/answer.ts';
import type { FindingView } from '../shape/views/finding-view.ts';

/** The checks allow the start, or the answer that refuses it. */
export type Gate =
  | {
      readonly kind: 'open';
      /** A hash of the checks and their results; absent if there were no checks. */
      readonly findingsHash?: string;
      /** Warnings, one line each. They do not refuse the start. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'refused'; readonly answer: Answer };

// Why: contributing/decisions/2026-11-24-which-checks-a-start-runs.md
/**
 * Runs the configured checks of a step before a start. Only a failed check refuses the start; an inconclusive one is reported.
 * @param port of the run, for `{port}` in a check
 * @throws PmError `usage` if a configured check does not exist, does not take its options, or has `{port}` and there is none
 */
export async function preflightGate(
  request: StartRequest,
  dir: string,
  context: Context,
  port: number | undefined,
): Promise<Gate> {
  const { checks = [], step, skipChecks, dir: named } = request;
  if (skipChecks === true) return { kind: 'open', notes: [] };
  const home = dirname(configFileOf(dir));
  const filled = checks.map(({ spec, where }) => ({ spec: checkWithPort(spec, port, where), where }));
  const prepared = await prepareChecks(filled, { home, env: context.env, argv: request.command });
  const command = { argv: request.command, cwd: resolve(context.cwd, request.cwd ?? '.') };
  const findings = await runChecks(prepared, checkContextOf(home, command, context), { signal: context.signal });
  const failed = findings.filter(({ state }) => state === 'fail');
  if (failed.length === 0)
    return { kind: 'open', findingsHash: hashFindings(prepared, findings), notes: notesOf(findings) };
  const isMended = planFixes(failed).length > 0;
  const message = `${failed.length} of ${prepared.length} ${prepared.length === 1 ? 'check' : 'checks'} failed: ${step} was not started`;
  const isNamed = Object.hasOwn(request.config?.steps ?? {}, step);
  const look = {
    operation: 'preflight',
    input: { ...(isNamed && { step }), ...(isMended && { fix: true }), ...(named !== undefined && { dir: named }) },
    why: isMended ? 'apply the safe remedies and check again' : 'check again',
  };
  const refusal = { kind: 'preflight-failed' as const, message };
  return {
    kind: 'refused',
    answer: { runs: [], refusal, findings: findingsView(findings, context.env), next: [look] },
  };
}

/** What a check may look at. Paths in a configuration are relative to its folder, wherever the call is made. */
export function checkContextOf(
  cwd: string,
  command: { readonly argv: readonly string[]; readonly cwd: string } | undefined,
  { env }: Context,
): CheckContext {
  const [program = '', ...args] = command?.argv ?? [];
  // A path to the program is relative to the directory in which the command will run.
  const argv = command && [program.includes('/') ? resolve(command.cwd, program) : program, ...args];
  return { cwd, env, ...(argv !== undefined && { argv }) };
}

function notesOf(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ state }) => state === 'warn' || state === 'inconclusive')
    .map(({ state, title, evidence }) => `preflight ${state}: ${title}: ${evidence}`);
}

const ORDER: readonly Finding['state'][] = ['fail', 'warn', 'inconclusive', 'pass', 'skip'];

/** Findings as every frontend shows them: failures first, then in the order of the checks, with secrets removed from commands. */
export function findingsView(findings: readonly Finding[], env: CheckContext['env']): FindingView[] {
  return findings
    .map(({ remedies, ...finding }) => ({
      ...finding,
      ...(remedies !== undefined && {
        remedies: remedies.map((remedy) => ({ ...remedy, argv: redactArgv(remedy.argv, env) })),
      }),
    }))
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}
