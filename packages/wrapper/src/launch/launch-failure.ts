import { appendFileSync } from 'node:fs';
import { encodeEnding, PmError, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { createRecord, linkOnce } from '@pm/protocol/fs';

/** Records that the wrapper was not started, as far as that is possible. @returns the error that says why */
export function recordedFailure(dir: string, run: RunRecord, error: unknown): PmError {
  const { code, message } = Object(error) as NodeJS.ErrnoException;
  const why = REASONS[code ?? ''] ?? message ?? String(error);
  try {
    appendFileSync(runPaths(dir, run.id).log, `the wrapper could not be started: ${why}\n`);
    recordFailure(dir, run);
  } catch {
    // No room, or no file handles. A monitor finds that the run never began.
  }
  return new PmError('cannot-execute', `${run.step} could not be started: ${why}.`, 'Fix this, then start it again.', {
    cause: error,
  });
}

/** What spawn(2) lacks, by its code. */
const REASONS: Readonly<Record<string, string>> = {
  EAGAIN: 'no more processes are allowed here (ulimit -u, or pids.max of its cgroup)',
  EMFILE: 'this process may not open more files (ulimit -n)',
  // libuv moves the descriptors of a child above those that it gets, and the limit is lower than that.
  EINVAL: 'this process may not open more files (ulimit -n)',
  ENFILE: 'the machine has no free file handles',
  ENOMEM: 'there is not enough memory',
  ENOENT: 'there is no /bin/sh here to run the wrapper, or the folder of the run was removed',
  EACCES: '/bin/sh may not be executed here',
  E2BIG: 'its arguments and environment are too long together',
};

/** Writes the records that the wrapper would have written. */
function recordFailure(dir: string, run: RunRecord): void {
  const paths = runPaths(dir, run.id);
  createRecord(paths.exit, encodeEnding({ cause: 'exit', code: 126 }));
  linkOnce(paths.exit, paths.ending);
  linkOnce(paths.ending, paths.ended);
  createRecord(paths.status, 'FAILED\n');
  linkOnce(paths.status, stepPaths(dir, run.step).status);
}
