// The ways in which an agent can run a job in a host. Each makes its turns for the phases of the stories; the step is always `orders`.
import { CAUSE, LAST_LINE } from './job.mjs';

const START = ['sh', 'job.sh'];
const LATE = /exit(ed with)? code:? ?124|timeout after|\\?"outcome\\?":\\?"timeout/i;
const WAIT = 'pm wait orders --budget 100s';
export const LIMIT = '12s';

export function waysOf(host) {
  const background = host.hasBackground ? 'in a background shell' : 'in one shell call';
  const detached = (command) => host.shell(command, { background: host.hasBackground });
  const start = (limit, more = '') => `pm start ${more}orders --timeout ${limit} --grace 1s -- ${START.join(' ')}`;
  const shell = {
    logs: ['', ' --tail 200 --max-bytes 16384', ' --grep fail'].map((more) => host.shell(`pm logs orders${more}`)),
    again: (text) => host.more?.(text) ?? host.shell(WAIT),
    recover: () => host.shell('pm recover'),
    isLate: (text) => LATE.test(text),
  };
  return {
    'MCP tools': {
      ...shell,
      start: (limit, isAgain) => [
        ...(isAgain ? [] : host.loading('start_run')),
        host.tool('start_run', { step: 'orders', command: START, timeout: limit, grace: '1s', wait: true }),
      ],
      again: () => host.tool('wait_run', { steps: ['orders'] }),
      logsFirst: host.loading('read_logs'),
      logs: [{}, { tail: 200, maxBytes: 16_384 }, { grep: 'fail' }].map((more) =>
        host.tool('read_logs', { step: 'orders', ...more }),
      ),
    },
    [`pm start --wait ${background}`]: {
      ...shell,
      start: (limit) => [detached(start(limit, '--wait '))],
      again: (text) => host.more?.(text) ?? detached(WAIT),
      isOver,
      logs: [...(host.hasBackground ? [host.reading] : []), ...shell.logs],
    },
    'pm start, then pm wait': { ...shell, start: (limit) => [host.shell(start(limit)), host.shell(WAIT)] },
    'the host alone': {
      ...shell,
      start: (limit) => [detached(limit === LIMIT ? `timeout 12 ${START.join(' ')}` : START.join(' '))],
      again: (text) => host.more?.(text) ?? host.reading?.(text),
      isOver,
      logs: [host.hasBackground ? host.reading : host.shell(`${START.join(' ')} | grep fail`)], // a host may cut out the middle
      recover: host.reading,
      isForComparison: true,
    },
  };
}

/** A host tells of a shell by its exit status alone, or by nothing but the output. */
function isOver(text, exit) {
  const code = new RegExp(`exit(ed with)? code:? ?${exit}\\b`, 'i');
  return code.test(text) || (exit === 0 ? /completed/.test(text) || text.includes(LAST_LINE) : text.includes(CAUSE));
}
