// The ways in which an agent can run a job in a host; `step` is always the same.
const LATE = /exit (code )?:?124|timeout after|\\?"outcome\\?":\\?"timeout/;

export function waysOf(host) {
  const sh = 'sh job.sh';
  const shellLogs = ['pm logs orders', 'pm logs orders --tail 200 --max-bytes 16384', 'pm logs orders --grep fail'];
  const shell = {
    logs: shellLogs.map((command) => host.shell(command)),
    again: () => host.shell('pm wait orders --budget 100s'),
    recover: () => host.shell('pm recover'),
    isLate: (text) => LATE.test(text),
  };
  const background = (command) => host.shell(command, { background: true });
  return {
    'MCP tools': {
      start: (timeout, { again = false } = {}) => [
        ...(again ? [] : host.loading('start_run')),
        host.tool('start_run', { step: 'orders', command: ['sh', 'job.sh'], timeout, grace: '1s', wait: true }),
      ],
      again: () => host.tool('wait_run', { steps: ['orders'] }),
      logsFirst: host.loading('read_logs'),
      logs: [
        host.tool('read_logs', { step: 'orders' }),
        host.tool('read_logs', { step: 'orders', tail: 200, maxBytes: 16_384 }),
        host.tool('read_logs', { step: 'orders', grep: 'fail' }),
      ],
      recover: () => host.shell('pm recover'),
      isLate: (text) => LATE.test(text),
    },
    ...(host.hasBackground && {
      'pm start --wait in a background shell': {
        ...shell,
        start: (timeout) => [background(`pm start --wait orders --timeout ${timeout} --grace 1s -- ${sh}`)],
        again: () => host.reading,
        isOver,
        logs: [host.reading, ...shell.logs],
      },
    }),
    'pm start, then pm wait': {
      ...shell,
      start: (timeout) => [
        host.shell(`pm start orders --timeout ${timeout} --grace 1s -- ${sh}`),
        host.shell('pm wait orders --budget 100s'),
      ],
    },
    ...(host.hasBackground && {
      'the host alone': {
        start: (timeout) => [background(timeout === '5s' ? `timeout 5 ${sh}` : sh)],
        again: () => host.reading,
        isOver,
        isLate: (text) => LATE.test(text),
        logs: [host.reading],
        recover: () => host.reading,
        isForComparison: true,
      },
    }),
  };
}

/** A host tells of a shell in its background by the exit status alone. */
function isOver(text, exit) {
  return (exit === 0 ? /completed|exit code:? 0/ : new RegExp(`exit code:? ${exit}\\b`)).test(text);
}
