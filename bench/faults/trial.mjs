import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holders, isAlive, textOf } from './processes.mjs';
import { factsIn, openScene, until } from './scene.mjs';
import { castOf, instantOf, strike } from './strike.mjs';

/** A run whose starter was killed between claim and spawn is lost after ten seconds. Everything else ends sooner. */
const OUTCOME_MS = 16_000;
const LEAVING_MS = 8_000;
/** A limit of less than a second, its grace period, and what a busy machine adds. */
const LIMIT_HELD_MS = 10_000;

/** Runs one planned trial. @returns what happened, seen from outside, for `judge.mjs` */
export async function carryOut(plan) {
  const scene = openScene({ asNobody: plan.victims.includes('folder'), inNamespace: plan.inNamespace });
  const over = new AbortController();
  try {
    const calls = { starter: undefined, waiters: [] };
    const waits = [];
    const wait = () => {
      const waiting = scene.pm('wait', 'job', '--json', '--budget', '20s');
      calls.waiters.push(waiting.pid);
      waits.push(waiting.ended);
    };
    const [verb, ...flags] = plan.call.split(' ');
    const started = scene.pmFrom(
      plan.starter,
      verb,
      'job',
      '--json',
      ...flags,
      ...plan.options,
      '--',
      ...plan.command(scene.facts),
    );
    calls.starter = started.pid;
    if (plan.waits) void started.ended.then(() => !over.signal.aborted && wait());
    const end = endOfCommand(scene, over.signal);
    await instantOf(plan, scene);
    const hit = await strike(plan, scene, calls);
    const struckAt = Date.now();
    const answers = [{ ...(await started.ended), wasStruck: 'starter' in hit }];
    const keeps = holders(scene.lock, scene.processes()).map(({ argv }) => argv.join(' ').trim());
    const unfound = 'directory' in hit ? await isUnfound(scene, answers) : false;
    const run = scene.run();
    const seen = { plan, hit, struckAt, begun: run !== undefined, id: run && basename(run), answers, keeps, unfound };
    // Without a claim, the run has not begun, even if its folder exists: the starter was killed before.
    if (run === undefined || !existsSync(`${scene.dir}/steps/job/1`)) await sayGoodbye(seen, scene, wait, waits);
    else await awaitOutcome(seen, scene, run, calls, wait, waits);
    return { ...seen, ...factsIn(scene.facts), commandEndedAt: end(), stderr: answers.map(({ err }) => err).join('') };
  } finally {
    over.abort();
    await scene.close();
  }
}

/** Its records were deleted. Whether the command is alive, and yet `pm recover` does not find the run. */
async function isUnfound(scene, answers) {
  const lives = () => {
    const { pid } = factsIn(scene.facts);
    const command = pid === undefined ? undefined : scene.processAt(pid);
    return command !== undefined && isAlive(command);
  };
  if (!lives()) return false;
  answers.push(await scene.pm('recover', '--json').ended);
  return lives() && scene.run() === undefined;
}

/** Waits until the run has an outcome, whoever writes it. */
async function awaitOutcome(seen, scene, run, calls, wait, waits) {
  const { plan, answers } = seen;
  if (plan.againMs !== undefined && !plan.victims.includes('directory')) await strikeAgain(seen, scene, calls, wait);
  if (plan.judge === 'wait') wait();
  // Any call of pm starts a resident monitor again. After that, only the resident judges.
  else if (!castOf(scene, calls).some(({ role }) => role === 'resident'))
    answers.push(await scene.pm('ls', '--json').ended);
  seen.concluded = await until(() => existsSync(`${run}/outcome`), OUTCOME_MS);
  seen.first = textOf(`${run}/outcome`);
  seen.outcomeAt = statSync(`${run}/outcome`, { throwIfNoEntry: false })?.mtimeMs;
  const id = seen.id;
  const left = () =>
    scene.processes().filter(({ runId, argv }) => runId === id || argv.some((word) => word.endsWith('/wrapper.sh')));
  seen.livesOn =
    factsIn(scene.facts).pid !== undefined &&
    left().some(({ pid }) => pid === scene.processAt(factsIn(scene.facts).pid)?.pid);
  await until(() => left().length === 0, 2_000);
  seen.left = left().map(({ argv }) => argv.join(' ').trim());
  answers.push(...(await Promise.all(waits)), await scene.pm('ls', '--json').ended);
  await until(() => textOf(`${scene.dir}/job.status`) !== '', 1_000);
  seen.status = textOf(`${scene.dir}/job.status`).trim();
  seen.last = textOf(`${run}/outcome`);
}

/** Kills whoever took over. Keeps the first instant, from which on a process of that role may have been missing. */
async function strikeAgain({ plan, hit, answers }, scene, calls, wait) {
  if (plan.judge === 'wait') wait();
  else answers.push(await scene.pm('ls', '--json').ended);
  await sleep(plan.againMs);
  const second = await strike(plan, scene, calls);
  for (const [role, at] of Object.entries(second)) {
    hit[role] ??= at;
    hit.again = at;
  }
}

/** The records are gone, or were never made: a live job goes on, and all others leave. */
async function sayGoodbye(seen, scene, wait, waits) {
  const healthy = seen.plan.order === 'natural';
  const { pid } = factsIn(scene.facts);
  const command = pid === undefined ? undefined : scene.processAt(pid);
  if (healthy && command !== undefined) await until(() => !isAlive(command), 5_000);
  if (seen.plan.order === 'timeout' && command !== undefined)
    seen.unlimited = !(await until(() => !isAlive(command), LIMIT_HELD_MS));
  if (!existsSync(scene.dir)) seen.deleted = true;
  if (!seen.deleted) wait();
  await sleep(50); // for a waiter that comes after its starter
  seen.answers.push(...(await Promise.all(waits)));
  const resident = () => scene.processes().some(({ argv }) => argv[1]?.endsWith('/resident.cjs'));
  seen.residentLeft = await until(() => !resident(), LEAVING_MS);
}

/** Watches the command from its first line on. @returns a function that gives the time at which it was gone, in ms since the epoch, or undefined while it is alive */
function endOfCommand(scene, signal) {
  let at;
  let command;
  const look = async () => {
    while (!signal.aborted && at === undefined) {
      const { pid } = factsIn(scene.facts);
      command ??=
        pid === undefined
          ? undefined
          : (scene.processAt(pid) ?? (scene.isForeign ? undefined : { pid, startTime: '' }));
      if (command !== undefined && !isAlive(command)) at = Date.now();
      await sleep(10);
    }
  };
  void look();
  return () => at;
}
