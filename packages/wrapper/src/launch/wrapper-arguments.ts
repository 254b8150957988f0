import { statSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { DEFAULTS, type RunRecord } from '@pm/protocol';

/** The settings of the wrapper by name, then the command. `wrapper.sh` says what each one means. */
export function wrapperArguments(
  dir: string,
  run: RunRecord,
  shell: string,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const { id, step, argv, policy, cgroup, oom, split, queue, lease } = run;
  const cwd = asNamedByCaller(run.cwd, env['PWD']);
  const { beatMs, graceMs, logCapBytes, retries = 0, backoffMs = 0, restart, resetAfterMs = 0 } = policy;
  const pauses = Math.ceil(backoffMs / Math.min(beatMs, LONGEST_PAUSE_MS));
  const pauseMs = Math.ceil(backoffMs / Math.max(pauses, 1));
  const settings = {
    step,
    run_id: id,
    dir,
    cwd,
    cgroup: cgroup ?? '',
    oom: oom?.file ?? '',
    errors: split === true ? 'errors' : 'log',
    gated: queue === undefined ? '' : 1,
    beat_ms: beatMs,
    grace_ms: graceMs,
    limit: policy.timeoutMs ?? '',
    lease: lease === undefined ? '' : `${lease.untilMs} ${lease.atMs}`,
    log_cap: logCapBytes,
    retries,
    pauses,
    pause_s: pauseMs / 1000,
    restart: restart ?? '',
    pause_cap: Math.max(pauses, Math.floor(DEFAULTS.longestBackoffMs / Math.max(pauseMs, 1))),
    healthy: Math.ceil(resetAfterMs / beatMs),
    kept: DEFAULTS.keptAttempts,
    shell,
    old_pwd: env['OLDPWD'] ?? '',
    record: JSON.stringify({ ...run, argv: [] }),
  };
  return [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), '--', ...argv];
}

/**
 * The working directory by the name in `PWD`, if that is another name of it: somebody who went there by a link finds the same `PWD` in
 * the command. Node.js tells only the path without links.
 */
function asNamedByCaller(cwd: string, pwd: string | undefined): string {
  if (pwd === undefined || pwd === cwd || !isAbsolute(pwd) || normalize(pwd) !== pwd) return cwd;
  try {
    const [here, named] = [statSync(cwd), statSync(pwd)];
    return here.dev === named.dev && here.ino === named.ino ? pwd : cwd;
  } catch {
    return cwd;
  }
}

/** In the backoff the wrapper looks for an ending this often, or once a beat if that is shorter. A stop waits for it. */
const LONGEST_PAUSE_MS = 1_000;
