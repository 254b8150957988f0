import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, kill, textOf } from './processes.mjs';
import { until } from './scene.mjs';

/** Waits for the planned instant, but not longer than a trial may take. */
export async function instantOf({ when }, scene) {
  if (when.afterMs !== undefined) return sleep(when.afterMs);
  const isThere = () => scene.run() !== undefined && existsSync(`${scene.run()}/${when.file}`);
  await until(isThere, 6_000);
}

/**
 * Kills the victims by their identity, all at once, or deletes the directory.
 * @param calls the pids of the starter and of the waiters
 * @returns who was really killed, and when (ms since the epoch)
 */
export async function strike({ victims, fault, signal, mendMs }, scene, calls) {
  if (victims.includes('directory')) {
    const there = existsSync(scene.dir);
    destroy(fault, scene);
    return there ? { directory: Date.now() } : {};
  }
  if (victims.includes('folder')) return lockFolder(mendMs, scene);
  const struck = victims.length === 0 ? [] : castOf(scene, calls).filter(({ role }) => victims.includes(role));
  const hit = {};
  for (const { role, target } of struck) if (kill(target, signal)) hit[role] = Date.now();
  if (signal !== undefined) return hit; // it need not end a process
  await until(() => !struck.some(({ target }) => isAlive(target)), 2_000); // the kernel needs a moment to end a process
  return hit;
}

/** The processes of the scene, each with its role. */
export function castOf(scene, { starter, waiters }) {
  const all = scene.processes();
  // Not the starter of the wrapper, which is gone in a moment: it is called with -c first.
  const ours = all.filter(({ argv }) => argv[1]?.endsWith('/wrapper.sh'));
  const record = scene.run() === undefined ? '' : textOf(`${scene.run()}/wrapper`);
  const wrapper = ours.find(({ pid }) => record.startsWith(`v1 ${pid} `));
  // Its children are the heartbeat loop and the shell that becomes the command. The loop started first.
  const [beat] = ours.filter(({ ppid }) => ppid === wrapper?.pid).sort((a, b) => a.pid - b.pid);
  const roleOf = (target) => {
    if (target === wrapper) return 'wrapper';
    if (target === beat) return 'beat';
    if (target.argv[1]?.endsWith('/resident.cjs')) return 'resident';
    if (target.pid === starter) return 'starter';
    return waiters.includes(target.pid) ? 'waiter' : undefined;
  };
  const cast = all.map((target) => ({ role: roleOf(target), target })).filter(({ role }) => role !== undefined);
  // The wrapper first, so that it does not see the others go and act on that.
  return cast.sort((a, b) => Number(b.role === 'wrapper') - Number(a.role === 'wrapper'));
}

/** Takes the right to write from the folder of the run, and gives it back after a while. */
async function lockFolder(forMs, scene) {
  const folder = scene.run();
  if (folder === undefined) return {};
  try {
    chmodSync(folder, 0o500);
    await sleep(forMs);
    chmodSync(folder, 0o700);
    return { folder: Date.now() };
  } catch {
    return {}; // it was deleted meanwhile
  }
}

function destroy(fault, { dir, project }) {
  // A live run may write while its directory is deleted, so the deletion is repeated.
  for (let i = 0; i < 20 && existsSync(dir); i++) {
    if (fault === 'git clean') {
      spawnSync('rm', ['-f', `${dir}/.gitignore`]);
      spawnSync('git', ['clean', '-fdxq'], { cwd: project });
    } else spawnSync('rm', ['-rf', dir]);
  }
}
