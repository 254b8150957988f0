// The ways to start a server, test it and stop it. Each is the calls that an agent makes, one after the other.
import { spawnSync } from 'node:child_process';

/** How often an agent that sleeps looks again, if the log shows no error. */
const MOST_LOOKS = 4;

/**
 * @typedef {object} Agent
 * @property {(command: string) => { status: number, text: string }} call runs a command in a shell, and reads what it prints
 * @property {() => void} killListener ends the process that listens on the port, found by lsof
 * @property {string} url
 */

/** @type {Record<string, { absent?: string, use: (agent: Agent) => void }>} */
export const WAYS = {
  'by hand, sleep 5': {
    use: (agent) => byHand(agent, () => lookAfterSleep(agent)),
  },
  'by hand, poll': {
    use: (agent) =>
      byHand(agent, () => {
        const once = `curl -sf -o /dev/null ${agent.url}`;
        const { status } = agent.call(`for i in $(seq 60); do ${once} && exit 0; sleep 0.5; done; exit 1`);
        if (status !== 0) readLog(agent);
        return status === 0;
      }),
  },
  'start-server-and-test': {
    ...absence('start-server-and-test'),
    use: ({ call, url }) => call(`start-server-and-test dev ${url} e2e`),
  },
  'process-compose': {
    ...absence('process-compose'),
    use: ({ call }) => call('process-compose up --tui=false --no-server'),
  },
  'pm, three calls': {
    use: ({ call }) => {
      if (call('pm ensure web').status === 0) call('npm run e2e');
      call('pm down');
    },
  },
  'pm, one call': { use: ({ call }) => call('pm run e2e') },
};

function byHand(agent, isUp) {
  agent.call('npm run dev > dev.log 2>&1 &');
  if (isUp() && agent.call('npm run e2e').status !== 0) readLog(agent);
  agent.killListener();
}

function lookAfterSleep(agent) {
  for (let look = 1; look <= MOST_LOOKS; look++) {
    if (agent.call(`sleep 5; curl -sSf -o /dev/null ${agent.url}`).status === 0) return true;
    if (readLog(agent).includes('Error')) return false;
  }
  return false;
}

function readLog({ call }) {
  return call('tail -n 40 dev.log').text;
}

function absence(name) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
  return found ? {} : { absent: `${name} is not on the PATH` };
}
