/** The folders of a sentinel directory. */
export interface DirectoryPaths {
  readonly runs: string;
  readonly steps: string;
  readonly ended: string;
  readonly residents: string;
  /** One folder for each reader. In it is an empty file for each run whose end that reader was told. */
  readonly seen: string;
  /** One folder for each breaker that has been close to opening. */
  readonly breakers: string;
  /** One name for each piece of work that waits for the resident monitor. */
  readonly work: string;
  /** One record for each run that waits for its turn in a queue, by the name of its step. */
  readonly queued: string;
  /** One folder for each batch, by its name. */
  readonly batches: string;
  /** One folder for each service that a process is about to use, or to stop because nobody needs it. */
  readonly holds: string;
  /** The boot in which something was started here last. */
  readonly started: string;
  readonly gitignore: string;
}

/** The folders of a sentinel directory, whether or not they exist. */
export function directoryPaths(dir: string): DirectoryPaths {
  return {
    runs: `${dir}/runs`,
    steps: `${dir}/steps`,
    ended: `${dir}/ended`,
    residents: `${dir}/residents`,
    seen: `${dir}/seen`,
    breakers: `${dir}/breakers`,
    work: `${dir}/work`,
    queued: `${dir}/queued`,
    batches: `${dir}/batches`,
    holds: `${dir}/holds`,
    started: `${dir}/started`,
    gitignore: `${dir}/.gitignore`,
  };
}

/** The flat names of a step: hard links into the folder of its newest run. A foreign writer has only these. */
export interface StepPaths {
  readonly pid: string;
  readonly heartbeat: string;
  readonly status: string;
  readonly result: string;
  readonly log: string;
}

/** The flat names of a step, whether or not they exist. */
export function stepPaths(dir: string, step: string): StepPaths {
  const at = (kind: string): string => `${dir}/${step}.${kind}`;
  return { pid: at('pid'), heartbeat: at('heartbeat'), status: at('status'), result: at('result'), log: at('log') };
}

/** Everything a run keeps in its own folder; `docs/reference/sentinel-directory.md` says who writes what, and when. */
export interface RunPaths {
  readonly folder: string;
  readonly run: string;
  readonly wrapper: string;
  readonly command: string;
  readonly pid: string;
  readonly heartbeat: string;
  readonly deadline: string;
  /** Of a run under a lease: until when it may go on, as its worker said last. */
  readonly lease: string;
  readonly reserve: string;
  readonly log: string;
  readonly errors: string;
  readonly truncated: string;
  readonly errorsTruncated: string;
  readonly result: string;
  readonly beat: string;
  readonly progress: string;
  /** Of a run that waited in a queue: whoever creates it decides whether the run begins, its wrapper or somebody who ends it before that. */
  readonly gate: string;
  /** Of the first attempt; `readyPath` names that of any attempt. */
  readonly ready: string;
  readonly unready: string;
  readonly failing: string;
  /** Of a service that was started because another run needs it: it stays when nobody needs it any more. */
  readonly kept: string;
  readonly exit: string;
  readonly delayed: string;
  readonly remark: string;
  readonly oom: string;
  readonly attempt: string;
  readonly ending: string;
  readonly replaced: string;
  readonly status: string;
  readonly outcome: string;
  readonly trace: string;
  readonly attention: string;
  readonly events: string;
  /** The folder of its notifications. */
  readonly notify: string;
  /** Of a run elsewhere: the folder of what its worker has reported, and of pieces of its log that arrived before their turn. */
  readonly mirror: string;
  /** Outside of the folder: the link that announces the end of the run. */
  readonly ended: string;
}

/** The files of a run, whether or not they exist. */
export function runPaths(dir: string, runId: string): RunPaths {
  const folder = `${dir}/runs/${runId}`;
  return {
    folder,
    run: `${folder}/run`,
    wrapper: `${folder}/wrapper`,
    command: `${folder}/command`,
    pid: `${folder}/pid`,
    heartbeat: `${folder}/heartbeat`,
    deadline: `${folder}/deadline`,
    lease: `${folder}/lease`,
    reserve: `${folder}/reserve`,
    log: `${folder}/log`,
    errors: `${folder}/errors`,
    truncated: `${folder}/truncated`,
    errorsTruncated: `${folder}/errors-truncated`,
    result: `${folder}/result`,
    beat: `${folder}/beat`,
    progress: `${folder}/progress`,
    gate: `${folder}/gate`,
    ready: `${folder}/ready`,
    unready: `${folder}/unready`,
    failing: `${folder}/failing`,
    kept: `${folder}/kept`,
    exit: `${folder}/exit`,
    delayed: `${folder}/delayed`,
    remark: `${folder}/remark`,
    oom: `${folder}/oom`,
    attempt: `${folder}/attempt`,
    ending: `${folder}/ending`,
    replaced: `${folder}/replaced`,
    status: `${folder}/status`,
    outcome: `${folder}/outcome`,
    trace: `${folder}/trace`,
    attention: `${folder}/attention`,
    events: `${folder}/events`,
    notify: `${folder}/notify`,
    mirror: `${folder}/mirror`,
    ended: `${dir}/ended/${runId}`,
  };
}

/** The record that the n-th attempt of a run was ready. */
export function readyPath(dir: string, runId: string, n: number): string {
  const { ready } = runPaths(dir, runId);
  return n === 1 ? ready : `${ready}.${n}`;
}

/** What the n-th attempt of a run leaves. `exit.1` is there when it has ended, `log.1` and the others when the next one has begun. */
export type AttemptPaths = Pick<
  RunPaths,
  'log' | 'errors' | 'truncated' | 'errorsTruncated' | 'result' | 'progress' | 'exit'
>;

/** The files of one attempt of a run, whether or not they exist. @param n its number, from 1 */
export function attemptPaths(dir: string, runId: string, n: number): AttemptPaths {
  const { log, errors, truncated, errorsTruncated, result, progress, exit } = runPaths(dir, runId);
  return {
    log: `${log}.${n}`,
    errors: `${errors}.${n}`,
    truncated: `${truncated}.${n}`,
    errorsTruncated: `${errorsTruncated}.${n}`,
    result: `${result}.${n}`,
    progress: `${progress}.${n}`,
    exit: `${exit}.${n}`,
  };
}

/**
 * The folder of what belongs to a user and to no project: the known directories, the tasks and the token of pm-mcp.
 * `process-monitor` below `$XDG_STATE_HOME`, else below `~/.local/state`. It may not exist yet.
 * @returns an absolute path; undefined if neither `XDG_STATE_HOME` nor `HOME` is one. The XDG Base Directory Specification says that a
 * relative path is ignored: it would be another folder for every working directory.
 */
export function stateFolder({
  XDG_STATE_HOME: state = '',
  HOME: home = '',
}: Readonly<Record<string, string | undefined>>): string | undefined {
  const root = state.startsWith('/') ? state : home.startsWith('/') ? `${home}/.local/state` : undefined;
  return root === undefined ? undefined : `${root.replace(/\/+$/, '')}/process-monitor`;
}
