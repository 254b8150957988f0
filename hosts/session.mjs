// One interactive session of a host.
import { isAlive, signal } from './machine/identity.mjs';
import { openTerminal } from './machine/terminal.mjs';
import { until } from './machine/until.mjs';

/**
 * Opens a host, which was prepared, in a terminal and waits for its prompt; with `resume` the last session of the project goes on. Its requests
 * are those of `model` from now on.
 */
export async function openSession({ host, world, binary, model, session, resume = false }) {
  const from = model.requests.length;
  const launch = host.launch({ world, binary, model });
  const terminal = await openTerminal({
    folder: world.folder,
    name: session,
    command: [...launch.program, ...launch.words, ...(resume ? launch.resume : [])],
    env: { ...world.env, ...launch.env },
    cwd: world.project,
  });
  const lives = () => isAlive(terminal.host);
  const asked = () => requests().map(({ turn, heard }) => `${heard.at(-1).slice(-300)} → ${JSON.stringify(turn)}`);
  const explain = () => [terminal.screen(), ...asked().slice(-5), ...model.other.slice(-9), ...model.errors].join('\n');
  const opened = { terminal, lives, say, ask, greet, requests, heard, end, close, explain };
  await wait(isReady, 'a prompt');
  return opened;

  /** Leaves a dialog that the host shows to some of its users. */
  function isReady() {
    const screen = terminal.screen();
    if (host.isDialog?.(screen)) terminal.press('Escape');
    return host.isReady(screen);
  }

  /** The requests of this session. */
  function requests() {
    return model.requests.slice(from);
  }

  /** All that the model was told in this session. */
  function heard() {
    return requests()
      .flatMap((request) => request.heard)
      .join('\n');
  }

  /** Types a prompt, and waits until the model was asked. The turns of `script` are for the requests from then on. */
  async function say(text, script = []) {
    const before = model.requests.length;
    model.script = typeof script === 'function' ? script : (seen) => script[seen.n - before];
    terminal.type(text);
    const sent = () => model.requests.slice(before).some((request) => request.heard.some((one) => one.includes(text)));
    await wait(() => terminal.screen().includes(text) || sent(), `“${text}” on the screen`);
    for (let tries = 0; !sent() && tries < 40; tries++) {
      terminal.press('Enter');
      await until(sent, { what: 'a request', ms: 3_000 }).catch(() => undefined);
    }
    await wait(sent, `a request with “${text}”`, 100);
    return before;
  }

  /** Says something, and waits until the model has answered `turns` requests. */
  async function ask(text, turns, script) {
    const before = await say(text, script);
    await wait(() => model.requests[before + turns - 1]?.turn !== undefined, `answer ${turns} to “${text}”`);
  }

  /** Greets until the host offers the tools of pm: before that, it would refuse a call. */
  async function greet() {
    do await ask('Hello.', 1);
    while (host.isConnecting(requests().at(-1)) && requests().length < 10);
  }

  async function wait(look, what, ms = 180_000) {
    await until(look, { what, ms }).catch((error) => {
      throw new Error(`${error.message}\n${explain()}`);
    });
  }

  /** Ends the host, and whatever it keeps running, by a signal. What is asked to end may first finish the call that it is in. */
  async function end(name) {
    const parts = [terminal.host, ...(host.daemons?.(world) ?? [])];
    for (const part of parts) signal(part, name);
    const ended = name === 'SIGKILL' ? parts : parts.slice(0, 1);
    await wait(() => ended.every((part) => !isAlive(part)), `the host to end by ${name}`);
  }

  async function close() {
    terminal.close();
    await until(() => !lives(), { what: 'the host to leave', ms: 5_000 }).catch(() => terminal.kill());
  }
}
