import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kill, linkOf } from '../faults/processes.mjs';
import { MAIN } from '../stage.mjs';
import { isWorker, processesOfFleet } from './hosts.mjs';

/** What can be done to the fleet. */
export const KINDS = ['worker', 'wrapper', 'resident', 'submitter', 'host', 'cut', 'engine', 'freeze'];

/**
 * Strikes at random until it is told to stop, then puts everything right. On one host at most one of those is suspended at a time that could
 * end a run: one of them has to be alive.
 * @param kinds the kinds of faults, as often as they are named
 * @returns `end`, and what was done
 */
export function strikeAt(fleet, { mark, kinds, everyMs, random }) {
  const { hosts, submitters, engine } = fleet;
  const strikes = [];
  const suspended = new Map();
  const cut = new Set();
  const pending = new Set();
  let isOver = false;
  let isEngineHit = false;

  const note = (kind, how, host) => {
    const strike = { kind, how, host, at: Date.now() };
    strikes.push(strike);
    return strike;
  };
  const later = (delayMs, act) => {
    const one = (async () => {
      const until = performance.now() + delayMs;
      while (performance.now() < until && !isOver) await sleep(50);
      await act();
    })();
    pending.add(one);
    one.finally(() => pending.delete(one));
  };
  const suspend = (strike, targets, most) => {
    const { host } = strike;
    const done = targets.filter((one) => kill(one, 'SIGSTOP'));
    suspended.set(host, strike);
    later(random.between(200, most), () => {
      for (const one of done) kill(one, 'SIGCONT');
      suspended.delete(host);
      strike.until = Date.now();
    });
  };
  const cutOff = (name, proxy) => {
    if (cut.has(name)) return;
    const how = random.pick(['silent', 'deaf', 'reset']);
    const strike = note('cut', how, name);
    cut.add(name);
    proxy.cut(how);
    later(random.between(500, 14_000), () => {
      proxy.heal();
      cut.delete(name);
      strike.until = Date.now();
    });
  };

  const one = async () => {
    const kind = random.pick(kinds);
    const host = random.pick(hosts);
    const all = processesOfFleet(mark);
    if (kind === 'cut') {
      const target = random.pick([...hosts, ...hosts, random.pick(submitters)]);
      return cutOff(target.name, target.proxy);
    }
    if (kind === 'engine') {
      if (isEngineHit) return;
      isEngineHit = true;
      const strike = note('engine', random.chance(0.6) ? 'killed' : 'suspended');
      if (strike.how === 'killed') await engine.die();
      else engine.signal('SIGSTOP');
      later(random.between(200, random.chance(0.3) ? 12_000 : 4_000), async () => {
        if (strike.how === 'killed') await engine.start();
        else engine.signal('SIGCONT');
        strike.until = Date.now();
        isEngineHit = false;
      });
      return;
    }
    if (kind === 'host') {
      if (suspended.has(host.name)) return;
      const strike = note('host', 'killed', host.name);
      suspended.set(host.name, strike);
      await host.die();
      later(random.between(500, 6_000), () => {
        host.start();
        suspended.delete(host.name);
        strike.until = Date.now();
      });
      return;
    }
    if (kind === 'freeze') {
      if (suspended.has(host.name)) return;
      return suspend(
        note('host', 'frozen', host.name),
        all.filter((each) => each.host === host.name),
        14_000,
      );
    }
    const targets = all.filter((each) => roleOf(each) === kind && each.host !== undefined);
    const target = random.pick(targets);
    if (target === undefined) return;
    if (random.chance(0.4) && !suspended.has(target.host)) {
      // What is killed by the death of its host meanwhile is not continued.
      suspend(note(kind, 'suspended', target.host), [target], 14_000);
    } else {
      const strike = note(kind, 'killed', target.host);
      if (kind === 'wrapper') strike.runId = basename(linkOf(`/proc/${target.pid}/cwd`));
      kill(target);
    }
  };

  const striking = (async () => {
    while (!isOver) {
      await sleep(random.between(everyMs / 2, (everyMs * 3) / 2));
      if (!isOver) await one();
    }
  })();
  return {
    strikes,
    async end() {
      isOver = true;
      await striking;
      await Promise.all(pending);
    },
  };
}

/** What a process is for the fleet. A resident of a submitter, and its calls, are `submitter`. */
function roleOf(target) {
  const { argv, host } = target;
  const [, program = '', verb = ''] = argv;
  const isOfSubmitter = host?.startsWith('project-');
  if (argv.some((word) => word.endsWith('/resident.cjs')) && !argv.includes('-c') && !program.endsWith('.sh'))
    return isOfSubmitter ? 'submitter' : 'resident';
  if (isOfSubmitter && program === MAIN && (verb === 'start' || verb === 'wait')) return 'submitter';
  if (isWorker(target)) return 'worker';
  return program.endsWith('/wrapper.sh') ? 'wrapper' : undefined;
}
