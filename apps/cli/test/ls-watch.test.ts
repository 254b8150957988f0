import { until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, HAS_TMUX, openDesk, type Pane, recorded } from './tmux.ts';

// tmux is a real terminal: it keeps what a program has drawn, and what it has left behind.
describe.skipIf(!HAS_TMUX)('a list in tmux', () => {
  let desk: Desk;
  const waitFor = (cue: string): string => `until [ -e ${desk.folder}/${cue} ]; do sleep 0.1; done`;
  beforeAll(() => {
    desk = openDesk();
    desk.pm('shop', 'start', '--wait', 'tests', '--', 'false');
    desk.pm('shop', 'start', 'train', '--', 'sh', '-c', `sleep 1; echo 1/1000 > "$PM_PROGRESS"; ${waitFor('over')}`);
  });
  afterAll(async () => {
    desk.cue('over');
    desk.pm('shop', 'down', '--force');
    await desk.close();
  });

  function inShop(columns: number, rows: number, command: string, env: Readonly<Record<string, string>> = {}): Pane {
    const pane = desk.open(columns, rows, env);
    pane.line(`cd ${desk.folder}/shop; clear`);
    pane.line(command);
    return pane;
  }

  test('has a header and columns for CPU, memory and the remaining time, in 80 columns', async () => {
    await until(() => desk.pm('shop', 'ls').runs.some(({ remainingMs }) => remainingMs !== undefined));
    const pane = inShop(80, 10, 'pm ls');
    await pane.shows(/STEP +STATE +TIME +CPU +MEMORY +ETA/);
    await pane.shows(/● train +running +\S+ +\d+% +[\d.]+ [KM]iB +~\S+ +1\/1000/);
    await pane.shows(/✗ tests +failed exit 1/);
  });

  test('--watch is kept current, follows the size of the terminal, and Ctrl-C gives it back with the last list', async () => {
    const pane = inShop(100, 12, 'pm ls --watch; echo status $?');
    await pane.shows(/● train .*Ctrl-C ends this/s);
    expect(pane.fact('alternate_on')).toBe('1');
    const elapsed = () => /train +running +(\S+)/.exec(pane.text())?.[1];
    const first = elapsed();
    await until(() => elapsed() !== first);
    desk.pm('shop', 'start', 'later', '--', 'sh', '-c', waitFor('over'));
    await pane.shows(/● later/);
    pane.resize(50, 5);
    await until(() =>
      pane
        .text()
        .split('\n')
        .every((line) => line.length <= 50),
    );
    await pane.shows(/STEP.*… \d more.*Ctrl-C ends this/s);
    pane.resize(100, 12);
    await pane.shows(/● train/);
    pane.type('C-c');
    await pane.shows(/● train .*status 130/s);
    expect([pane.fact('alternate_on'), pane.fact('cursor_flag')]).toEqual(['0', '1']);
    expect(pane.text()).not.toContain('Ctrl-C ends this');
    desk.pm('shop', 'stop', 'later');
  });

  test('--watch stops at Ctrl-Z and is drawn again after fg', async () => {
    const pane = inShop(80, 12, 'pm ls --watch');
    await pane.shows(/Ctrl-C ends this/);
    pane.type('C-z');
    await pane.shows(/Stopped/);
    pane.line('fg');
    await pane.shows(/● train .*Ctrl-C ends this/s);
    pane.type('C-c');
    await until(() => pane.fact('alternate_on') === '0');
  });

  test.for(['TERM', 'HUP', 'QUIT'])('--watch gives the terminal back after SIG%s', async (signal) => {
    const pane = inShop(80, 12, recorded('pm ls --watch'));
    await pane.shows(/Ctrl-C ends this/);
    process.kill(pane.pid(), `SIG${signal}`);
    await until(() => pane.fact('alternate_on') === '0');
  });

  test('without colours by NO_COLOR, and refused on a terminal that cannot move its cursor', async () => {
    const plain = inShop(80, 12, 'pm ls --watch', { NO_COLOR: '1' });
    await plain.shows(/● train/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(plain.raw()).not.toMatch(/\u001b\[(?:3[1-6]|2)m/);
    plain.type('C-c');
    const dumb = inShop(80, 12, 'TERM=dumb pm ls --watch');
    await dumb.shows(/cannot move the cursor.*next: pm watch/s);
  });

  test('into a pipe --watch says which call prints changes there', async () => {
    const pane = inShop(100, 12, 'pm ls --watch | cat; pm ls --watch --json');
    await pane.shows(
      /needs a terminal; into a file or a pipe, pm watch prints a line for each change\npm: next: pm watch/,
    );
    await pane.shows(/"next":"pm watch --json"/);
  });

  test('a wait for several runs shows all of them until the last has ended, and then the endings', async () => {
    for (const [step, code] of [
      ['lint', 0],
      ['unit', 1],
    ] as const)
      desk.pm('shop', 'start', step, '--', 'sh', '-c', `${waitFor(`end-${step}`)}; exit ${code}`);
    const pane = inShop(80, 20, 'pm wait lint unit; echo status $?');
    await pane.shows(/STEP +STATE +TIME\n● lint +running.*\n● unit +running/);
    desk.cue('end-unit');
    await pane.shows(/● lint +running.*\n✗ unit +failed exit 1/);
    desk.cue('end-lint');
    await pane.shows(/✓ lint success in .*✗ unit failed exit 1 in .*status 1/s);
    expect(pane.text()).not.toMatch(/STEP +STATE/);
  });
});
