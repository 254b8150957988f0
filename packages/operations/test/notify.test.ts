import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Identity, isAlive, signalIfSame } from '@pm/process';
import { directoryPaths } from '@pm/protocol';
import { openWork } from '@pm/protocol/fs';
import { LONG, until } from '@pm/testing';
import { describe, expect, vi } from 'vitest';
import type { Context, OperationName } from '../src/index.ts';
import { residentCall, useBuilt } from './built.ts';
import { animal, test as base, QUICK, type Stage, stopAll, textOf } from './stage.ts';
import { canMount, fill, makeRoom, withTinyDisk } from './tiny-disk.ts';

vi.setConfig({ maxConcurrency: 6 });
useBuilt();

/** A receiver on loopback. */
interface Receiver {
  readonly url: string;
  /** The ids that it was given, in order. */
  readonly ids: string[];
  readonly bodies: string[];
  answer: (response: ServerResponse) => void;
}

const test = base.extend<{ stage: Stage; receiver: Receiver }>({
  stage: async ({ stage }, use) => {
    await use(stage);
    await endMonitoring(stage);
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what a fixture needs from this pattern
  receiver: async ({}, use) => {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      receiver.ids.push(String(request.headers['webhook-id']));
      receiver.bodies.push(body);
      receiver.answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const receiver: Receiver = {
      url: `http://127.0.0.1:${port}/hidden-path`,
      ids: [],
      bodies: [],
      answer: (response) => void response.writeHead(204).end(),
    };
    await use(receiver);
    server.close();
    server.closeAllConnections();
  },
});

const work = { step: 'work', command: [animal('exits.sh'), '3'], ...QUICK };

describe('who is told', () => {
  test.for([
    ['a name that is no target', ['teem'], /^--notify: "teem" is no target\.$/],
    [
      'a variable that is not set',
      ['env:NO_SUCH_VARIABLE'],
      /env:NO_SUCH_VARIABLE cannot be told: the variable NO_SUCH/,
    ],
    ['a program that is not there', ['command:no-such-program'], /cannot be told: no-such-program is not on the PATH/],
    ['a desktop that is not there', ['desktop'], /cannot be told: there is no desktop here/],
    ['a thread that is not there', ['codex'], /cannot be told: this start does not come from a thread of Codex/],
    ['an address that is none', ['http://'], /cannot be told: its address is not a URL of http or https/],
    ['a shell string', ['command:echo done'], /cannot be told: echo done is not on the PATH/],
  ] as const)('%s refuses the start', async ([, notify, said], { stage }) => {
    const env = { ...stage.env, DISPLAY: '', WAYLAND_DISPLAY: '', DBUS_SESSION_BUS_ADDRESS: '' };
    const refused = stage.ask('start', { ...work, notify }, { env });
    await expect(refused).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(said) });
    await expect(refused).rejects.toMatchObject({ next: expect.stringContaining('Nothing was started') });
    expect(existsSync(join(stage.dir, 'runs'))).toBe(false);
  });

  test('the call wins over the step, the step over the defaults, and none is nobody', async ({ stage }) => {
    configure(stage, {
      targets: { ops: { kind: 'webhook', url: 'http://127.0.0.1:9/' }, team: { kind: 'command', argv: ['true'] } },
      defaults: { notify: ['ops'] },
      steps: { other: { command: ['true'], notify: ['team'] } },
    });
    const planned = async (input: object) => {
      await stage.askOne('start', { wait: true, ...input });
      const { notify } = stage.files();
      return existsSync(notify) ? JSON.parse(textOf(`${notify}/plan`)).targets : [];
    };
    const failures = ['failed', 'timeout', 'hung', 'cancelled', 'lost'];
    expect(await planned(work)).toMatchObject([{ name: 'ops', on: failures }]);
    expect(await planned({ step: 'other' })).toMatchObject([{ name: 'team', on: failures, cwd: stage.folder }]);
    expect(await planned({ step: 'other', notify: ['ops'] })).toMatchObject([
      { name: 'ops', on: ['success', ...failures] },
    ]);
    expect(await planned({ step: 'other', notify: ['none'] })).toEqual([]);
  });

  test('a fault of the configuration is noted and recorded, and the run begins', async ({ stage }) => {
    writeFileSync(join(stage.folder, 'key'), 'hidden-key');
    chmodSync(join(stage.folder, 'key'), 0o644);
    configure(stage, {
      targets: { ops: { kind: 'webhook', url: 'http://127.0.0.1:9/', secretFile: 'key' } },
      defaults: { notify: ['ops'] },
    });
    const { notes } = await stage.ask('start', { ...work, wait: true });
    const why = `${join(stage.folder, 'key')} can be read by others (chmod 600 it)`;
    expect(notes).toEqual([`ops is not told how it ends: ${why}`]);
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({
      outcome: 'failed',
      notifications: [{ target: 'ops', kind: 'webhook', state: 'failed', tries: 0, why }],
    });
  });

  test.for([
    [
      { targets: { ops: { kind: 'webhook', urls: 'x' } } },
      /targets\.ops.*urls/,
      /Known keys here: kind, argv, env, on/,
    ],
    [{ targets: { ops: { kind: 'mail' } } }, /targets\.ops\.kind must be command, webhook, desktop or codex/, /./],
    [{ targets: { ops: { kind: 'desktop', on: ['failure'] } } }, /targets\.ops\.on/, /./],
    [{ defaults: { notify: ['nobody'] } }, /pm\.config\.json: notify: "nobody" is no target/, /./],
  ] as const)('a configuration with a mistake is refused: %j', async ([config, said, next], { stage }) => {
    configure(stage, config);
    const refused = stage.ask('start', work);
    await expect(refused).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(said) });
    await expect(refused).rejects.toMatchObject({ next: expect.stringMatching(next) });
  });

  test('a second start of a live run says that it tells nobody', async ({ stage }) => {
    const input = { step: 'work', command: [animal('rests.sh')], ...QUICK };
    await stage.ask('start', input);
    const { notes } = await stage.ask('start', { ...input, notify: ['command:true'] });
    expect(notes).toEqual([expect.stringMatching(/so --notify of this call has no effect$/)]);
  });
});

describe.concurrent('a secret', () => {
  test('is in no answer, no argument, and no file but one of mode 0600, which goes away', async ({
    stage,
    receiver,
  }) => {
    const env = { ...stage.env, HOOK: receiver.url, KEY: 'hidden-key' };
    configure(stage, { targets: { ops: { kind: 'webhook', urlEnv: 'HOOK', secretEnv: 'KEY' } } });
    receiver.answer = (response) => void response.writeHead(500).end('hidden-answer');
    const input = { ...work, command: [animal('rests.sh')], notify: ['ops', receiver.url] };
    const answers: unknown[] = [await stage.ask('start', input, world(stage, env))];
    const isHidden = (text: string): boolean => !text.includes('hidden-');
    for (const { pid } of stage.alive()) expect(textOf(`/proc/${pid}/cmdline`)).toSatisfy(isHidden);
    signalIfSame(stage.recorded('command'), 'SIGKILL');
    await until(() => readdirSync(stage.files().notify).includes('1.ended.1.failed'));
    answers.push(
      await stage.ask('status', { step: 'work' }),
      await stage.ask('recover', {}),
      await stage.ask('ls', {}),
    );
    expect(JSON.stringify(answers)).toSatisfy(isHidden);
    const told = filesIn(stage.dir).filter((path) => !isHidden(textOf(path)));
    expect(told).toEqual([join(stage.files().notify, 'secrets')]);
    expect(statSync(told[0] ?? '').mode & 0o777).toBe(0o600);
    receiver.answer = (response) => void response.writeHead(200).end();
    await until(() => openWork(stage.dir).length === 0, 'both are told');
    expect(filesIn(stage.dir).filter((path) => !isHidden(textOf(path)))).toEqual([]);
  });

  test('in an address is not proposed again', async ({ stage }) => {
    configure(stage, { defaults: { checks: ['writable:/no/such/folder'] } });
    const notify = ['http://127.0.0.1:9/hidden-path', 'command:true'];
    const answer = await stage.ask('start', { ...work, notify });
    expect(answer.refusal).toMatchObject({ kind: 'preflight-failed' });
    expect(JSON.stringify(answer)).not.toContain('hidden-');
  });
});

describe.concurrent('every ending arrives', () => {
  test('although whatever runs Node was killed before: the wrapper brings the resident back', async ({
    stage,
    receiver,
  }) => {
    await start(stage, receiver, 'waits.sh', '4');
    await killResident(stage);
    stage.cue('go');
    await until(() => receiver.ids.length > 0);
    expect(JSON.parse(receiver.bodies[0] ?? '')).toMatchObject({ data: { outcome: 'failed', exitCode: 4 } });
    await until(() => openWork(stage.dir).length === 0);
  });

  test('although the resident is killed after the end, again and again: the wrapper stays until it is told', async ({
    stage,
    receiver,
  }) => {
    receiver.answer = (response) => void response.writeHead(500).end();
    await start(stage, receiver, 'exits.sh', '4');
    for (let tries = 1; tries <= 3; tries++) {
      await until(() => receiver.ids.length >= tries);
      await killResident(stage);
    }
    receiver.answer = (response) => void response.writeHead(204).end();
    await until(() => openWork(stage.dir).length === 0);
    expect(new Set(receiver.ids).size).toBe(1);
    await until(() => stage.alive().length === residents(stage).length, 'who has looked after it is gone');
  });

  test('meanwhile the step can be started again', async ({ stage, receiver }) => {
    receiver.answer = (response) => void response.writeHead(500).end();
    const first = await start(stage, receiver, 'exits.sh', '4');
    await until(() => receiver.ids.length >= 1);
    const second = await start(stage, receiver, 'exits.sh', '4');
    expect(second.id).not.toBe(first.id);
  });

  test.for<OperationName>(['ls', 'status', 'wait', 'recover'])(
    'although the wrapper was killed as well, once somebody calls pm %s',
    async (verb, { stage, receiver }) => {
      await start(stage, receiver, 'rests.sh');
      await killResident(stage);
      for (const role of ['wrapper', 'command'] as const) signalIfSame(stage.recorded(role), 'SIGKILL');
      await until(() => stage.alive().length === 0);
      const input = { status: { step: 'work' }, wait: { steps: ['work'] } }[verb as 'status' | 'wait'] ?? {};
      await stage.ask(verb as 'ls', input, world(stage));
      await until(() => receiver.ids.length > 0);
      expect(JSON.parse(receiver.bodies[0] ?? '')).toMatchObject({ data: { outcome: 'lost' } });
    },
  );

  test('where the wrapper finds a resident that lives, it starts none', async ({ stage, receiver }) => {
    let answer = (): void => {};
    receiver.answer = (response) => {
      answer = () => void response.writeHead(204).end();
    };
    await start(stage, receiver, 'exits.sh', '1');
    await until(() => receiver.ids.length === 1, 'it is being told');
    await until(() => existsSync(stage.files().outcome));
    answer();
    await until(() => stage.alive().length === 1, 'the wrapper is gone');
    expect(stage.alive()).toEqual(residents(stage));
    const { residents: folder } = directoryPaths(stage.dir);
    expect(filesIn(folder).map((path) => path.split('/').at(-1))).toEqual(['1']);
  });

  test('under faults: no one is lost', async ({ stage, receiver }) => {
    const count = LONG ? 50 : 10;
    const killAll = (): void => residents(stage).forEach((resident) => void signalIfSame(resident, 'SIGKILL'));
    const faults: Receiver['answer'][] = [
      (response) => void response.writeHead(500).end(),
      (response) => void response.writeHead(429, { 'retry-after': '1' }).end(),
      (response) => void response.writeHead(302, { location: receiver.url }).end(),
      ({ socket }) => socket?.resetAndDestroy(),
      killAll, // it hangs, and its resident dies
      (response) => {
        delivered.add(receiver.ids.at(-1) ?? '');
        response.writeHead(200).end(killAll); // most often nobody could record that, and it is told again
      },
    ];
    let asked = 0;
    const delivered = new Set<string>();
    receiver.answer = (response) => {
      const id = receiver.ids.at(-1) ?? '';
      const fault = faults[asked++ % (2 * faults.length)];
      if (fault !== undefined) return fault(response);
      delivered.add(id);
      response.writeHead(204).end();
    };
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const step = `step-${n}`;
      const input = { ...work, step, notify: [receiver.url] };
      const run = await stage.askOne('start', input, world(stage));
      ids.push(`${run.id}.0.ended`);
      if (n % 3 === 0) killAll();
    }
    await until(() => ids.every((id) => delivered.has(id)), 'all are told, and nobody calls pm');
    expect(receiver.ids.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test.skipIf(!canMount())('although the disk is full', async ({ stage, receiver }) => {
    await withTinyDisk(stage, async () => {
      await start(stage, receiver, 'waits.sh', '4');
      stage.cue('go');
      await until(() => receiver.ids.length > 0 && openWork(stage.dir).length === 0);
      receiver.ids.length = 0;
      receiver.answer = (response) => void response.writeHead(receiver.ids.length < 3 ? 500 : 204).end();
      await stage.askOne('start', { ...work, step: 'next', notify: [receiver.url] }, world(stage));
      await until(() => existsSync(stage.files().outcome));
      fill(stage);
      await until(() => receiver.ids.length >= 3, 'it is told without a ledger');
      makeRoom(stage);
      await until(() => openWork(stage.dir).length === 0, 'that is recorded when there is room');
      expect(await stage.askOne('status', { step: 'next' })).toMatchObject({ notifications: [{ state: 'delivered' }] });
      await endMonitoring(stage);
    });
  });
});

describe.concurrent('meanwhile', () => {
  test('status and doctor say that it is tried, ls says nothing, and prune keeps the run', async ({
    stage,
    receiver,
  }) => {
    receiver.answer = (response) => void response.writeHead(500).end();
    await start(stage, receiver, 'exits.sh', '1');
    await until(() => readdirSync(stage.files().notify).includes('0.ended.1.failed'));
    const why = 'the receiver answered 500';
    expect(await stage.askOne('status', { step: 'work' })).toMatchObject({ notifications: [{ state: 'open', why }] });
    expect(JSON.stringify(await stage.ask('ls', {}))).not.toContain('"notifications"');
    const { pruned } = await stage.ask('prune', { keep: 0, all: true });
    expect(pruned).toMatchObject({ steps: [], awaited: 1 });
  });

  test('git and formatters see nothing of it', async ({ stage, receiver }) => {
    execFileSync('git', ['init', '-q', stage.folder]);
    await start(stage, receiver, 'exits.sh', '1');
    await until(() => receiver.ids.length > 0);
    const names = filesIn(stage.dir).map((path) => path.split('/').at(-1) ?? '');
    expect(names.filter((name) => /\.(?:json|js|ts|md|ya?ml|sh|txt)$/.test(name))).toEqual([]);
  });
});

function configure(stage: Stage, config: object): void {
  writeFileSync(join(stage.folder, 'pm.config.json'), JSON.stringify(config));
}

/** A caller who has a resident. */
function world(stage: Stage, env: Context['env'] = stage.env): Partial<Context> {
  return { resident: residentCall(), env: { ...env, PM_RESIDENT: 'on' }, answered: (act) => act() };
}

function start(stage: Stage, { url }: Receiver, name: string, ...args: string[]) {
  const input = { step: 'work', command: [animal(name), ...args], ...QUICK, notify: [url] };
  return stage.askOne('start', input, world(stage));
}

function residents(stage: Stage): Identity[] {
  return stage.alive().filter(({ pid }) => textOf(`/proc/${pid}/cmdline`).includes('/resident.cjs\0'));
}

/** Ends residents, and what wrappers have left to start them again. */
async function endMonitoring(stage: Stage): Promise<void> {
  await stopAll(stage);
  const of = ({ pid }: Identity) => /\/(resident\.cjs|wrapper\.sh)\0/.test(textOf(`/proc/${pid}/cmdline`));
  await until(
    () =>
      stage
        .alive()
        .filter(of)
        .every((identity) => !signalIfSame(identity, 'SIGTERM')),
    'nobody monitors',
  );
}

async function killResident(stage: Stage): Promise<void> {
  await until(() => residents(stage).length > 0);
  const killed = residents(stage);
  for (const resident of killed) signalIfSame(resident, 'SIGKILL');
  await until(() => killed.every((resident) => !isAlive(resident)));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
