import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kill } from '../faults/processes.mjs';
import { randomOf } from '../faults/random.mjs';
import { MAIN } from '../stage.mjs';
import { openEngine, PASSWORD } from './engines.mjs';
import { environmentOf, HAS_OWN_PIDS, makeProject, openHost, processesOfFleet } from './hosts.mjs';
import { filesWith, judged, namesIn } from './judge.mjs';
import { openProxy } from './proxy.mjs';
import { strikeAt } from './strike.mjs';

const JOB = fileURLToPath(new URL('job.mjs', import.meta.url));
/** How long something may be left after the last outcome, ms: a run whose lease is over is ended by whoever looks next. */
const LEFT_MS = 30_000;
/** As many starts at a time of each submitter. */
const STARTING = 4;

/** One trial on one engine. @returns counts for a table, what was broken, and how long verdicts took */
export async function trial(kind, folder, options) {
  const {
    entries: count,
    workers,
    slots,
    submitters: ways,
    lease,
    every,
    kinds,
    seed,
    minutes,
    job: longest,
  } = options;
  const random = randomOf(seed);
  const mark = `${process.pid}-${kind}-${Date.now()}`;
  const facts = join(folder, 'facts');
  const engine = await openEngine(kind);
  const giveUpAt = performance.now() + minutes * 60_000;
  const entries = Array.from({ length: count }, (_, n) => ({
    step: `e${n}`,
    status: random.chance(0.15) ? 3 : 0,
    mayRerun: random.chance(0.3),
    lastsMs: random.chance(0.05) ? longest * 3 : random.between(longest / 20, longest),
    ignoresTerm: random.chance(0.25),
    project: join(folder, `project-${n % ways}`),
    tries: 0,
    out: '',
  }));
  const submitters = await Promise.all(Array.from({ length: ways }, (_, n) => openSubmitter(`project-${n}`)));
  const names = Array.from({ length: workers }, (_, n) => `host-${n}`);
  const hosts = await Promise.all(names.map((name) => openHost(name, { folder, engine, mark, lease, slots })));
  let isOver = false;
  let hasShown = false;
  const from = performance.now();
  try {
    const striking =
      every > 0 ? strikeAt({ hosts, submitters, engine }, { mark, kinds, everyMs: every, random }) : undefined;
    const waiting = submitters.map(waitAgain);
    const watching = watchCommandLines();
    await Promise.all(submitters.flatMap((one) => Array.from({ length: STARTING }, () => submitAll(one))));
    const submittedMs = performance.now() - from;
    // Against the last few, strikes come so often that none of them would ever end.
    while (openCount() > count / 10 && performance.now() < giveUpAt) await sleep(500);
    await striking?.end();
    while (openCount() > 0 && performance.now() < giveUpAt) await sleep(500);
    const isStuck = openCount() > 0;
    const endedMs = performance.now() - from;
    isOver = true;
    await Promise.all([...waiting, watching]);
    const left = isStuck ? [] : await whatIsLeft();
    const secret = filesWith(folder, PASSWORD);
    const result = judged({
      facts,
      projects: submitters.map(({ home }) => home),
      entries,
      strikes: striking?.strikes ?? [],
      leaseMs: Number.parseFloat(lease) * 1_000,
      isStuck,
      left: [
        ...left,
        ...secret.map((path) => `the password is in ${path}`),
        ...(hasShown ? ['the password was in a command line'] : []),
      ],
    });
    const counts = {
      hosts: `${workers} with ${slots} slots${HAS_OWN_PIDS ? ', own pids' : ''}`,
      seed,
      submitted: `${Math.round(submittedMs / 1_000)} s`,
      'all ended': `${Math.round(endedMs / 1_000)} s`,
      'starts that were refused, and asked again': entries.reduce((sum, { tries }) => sum + tries - 1, 0),
      ...result.counts,
    };
    const more = { title: 'from the fault to the verdict at the submitter', rows: result.verdicts };
    return { counts, wrong: result.wrong, late: result.late, more };
  } finally {
    isOver = true;
    for (let left = processesOfFleet(mark); left.length > 0; left = processesOfFleet(mark)) {
      for (const target of left) kill(target);
      await sleep(10);
    }
    await engine.remove();
    for (const { proxy } of [...hosts, ...submitters]) proxy.close();
  }

  async function openSubmitter(name) {
    const home = join(folder, name);
    const own = entries.filter(({ project }) => project === home);
    const steps = Object.fromEntries(own.map((entry) => [entry.step, stepOf(entry)]));
    makeProject(home, lease, steps);
    const proxy = await openProxy(engine.port);
    return { name, home, proxy, own: own.values(), env: environmentOf(name, home, mark, engine.urlTo(proxy.port)) };
  }

  function stepOf({ step, status, mayRerun, lastsMs, ignoresTerm }) {
    const job = [process.execPath, JOB, facts, step, String(Math.round(lastsMs)), String(status)];
    const command = ignoresTerm ? ['sh', '-c', 'trap "" TERM INT HUP; "$@"; exit $?', 'sh', ...job] : job;
    return { command, queue: 'gpu', timeout: '5m', ...(mayRerun && { rerun: 'if-lost' }) };
  }

  async function submitAll(submitter) {
    for (const entry of submitter.own) {
      for (;;) {
        entry.tries += 1;
        const { code, out } = await pm(submitter, 'start', entry.step);
        entry.out += out;
        // A start that was killed, or whose answer was lost, may have been done: then it waits, runs or has ended.
        if (code === 0 || isKnown(entry)) break;
        await sleep(500);
      }
    }
  }

  /** Somebody waits in each project, again and again. Between two waits its resident alone fetches the news. */
  async function waitAgain(submitter) {
    while (!isOver) {
      await pm(submitter, 'wait', '--budget', `${random.between(2, 20)}s`);
      await sleep(random.between(100, 5_000));
    }
  }

  async function watchCommandLines() {
    while (!isOver) {
      hasShown ||= processesOfFleet(mark).some(({ argv }) => argv.some((word) => word.includes(PASSWORD)));
      await sleep(2_000);
    }
  }

  function isKnown({ step, project }) {
    return existsSync(join(project, '.pm', 'steps', step)) || existsSync(join(project, '.pm', 'queued', step));
  }

  /** How many entries wait or run. */
  function openCount() {
    const open = submitters.map(({ home }) => {
      const [queued, runs] = ['queued', 'runs'].map((name) => join(home, '.pm', name));
      return namesIn(queued).length + namesIn(runs).filter((id) => !existsSync(join(runs, id, 'outcome'))).length;
    });
    return open.reduce((sum, one) => sum + one, 0);
  }

  /** Drains the workers. Then no job runs any more, and each run of a host has its outcome. */
  async function whatIsLeft() {
    await Promise.all(hosts.map((host) => host.drain()));
    const until = performance.now() + LEFT_MS;
    const jobs = () => processesOfFleet(mark).filter(({ argv }) => argv.includes(JOB));
    while (jobs().length > 0 && performance.now() < until) await sleep(200);
    return jobs().map(({ argv, host }) => `a job on ${host}: ${argv.filter(Boolean).slice(-4).join(' ')}`);
  }

  function pm({ home, env }, ...args) {
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, out })));
  }
}
