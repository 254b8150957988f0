import { fileURLToPath } from 'node:url';
import { until } from '@pm/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Desk, HAS_TMUX, openDesk, type Pane, recorded } from './tmux.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const waitsFor = (desk: Desk, name: string): string[] => [
  'sh',
  '-c',
  `until [ -e ${desk.folder}/${name} ]; do sleep 0.1; done`,
];

/** Leaves pm top and waits for the shell. */
async function leave(pane: Pane): Promise<void> {
  pane.type('C-c');
  await until(() => pane.fact('alternate_on') === '0');
}

// tmux is a real terminal: it keeps what a program has drawn, and what it has left behind.
describe.skipIf(!HAS_TMUX)('pm top in tmux', () => {
  let desk: Desk;
  beforeAll(() => {
    desk = openDesk();
  });
  afterAll(async () => {
    desk.cue('over');
    for (const project of ['shop', 'lab']) desk.pm(project, 'down', '--force');
    await desk.close();
  });

  async function top(columns: number, rows: number, env: Readonly<Record<string, string>> = {}): Promise<Pane> {
    const pane = desk.open(columns, rows, env);
    pane.line(recorded('pm top'));
    await pane.shows(/^pm top/);
    return pane;
  }

  describe('shows', () => {
    beforeAll(() => {
      const job = waitsFor(desk, 'over').at(-1);
      desk.pm('shop', 'start', 'tests', '--wait', '--', 'sh', '-c', 'echo "FAILED: expected 10, got 100"; exit 3');
      desk.pm('shop', 'start', 'build', '--wait', '--', 'true');
      desk.pm(
        'lab',
        'start',
        'train',
        '--timeout',
        '2h',
        '--queue',
        'gpu',
        '--',
        'sh',
        '-c',
        `echo "37/120 epoch 3" > "$PM_PROGRESS"; echo training; ${job}`,
      );
      desk.pm('lab', 'start', 'sweep', '--queue', 'gpu', '--', 'true');
    });

    test.for([
      [80, 24],
      [160, 40],
      [50, 12],
      [20, 5],
    ] as const)('runs, their queue and details at %d × %d', async ([columns, rows]) => {
      const pane = await top(columns, rows);
      await pane.shows(/train.*sweep/s);
      if (rows > 20) await pane.shows(/ cpu +\d+%.*\n {2}\| training/s); // two samples, and what status says
      await expect(`${steady(pane.text(), desk.folder)}\n`).toMatchFileSnapshot(`golden/top-${columns}.txt`);
      await leave(pane);
    });

    test('a failure with the end of its log, the help, and only what matches a filter', async () => {
      const pane = await top(100, 40);
      pane.type('/');
      pane.line('tests');
      await pane.shows(/FAILED: expected 10, got 100.*exit 3/s);
      expect(pane.text()).not.toMatch(/build|train/);
      pane.type('Enter');
      await pane.shows(/^details of tests/);
      pane.type('?');
      await pane.shows(/^keys of pm top.*stop the run/s);
      pane.type('q');
      await pane.shows(/^pm top.*filter tests/);
      pane.type('Escape');
      await pane.shows(/build/);
      await leave(pane);
    });

    test('in other sizes of the terminal while it is open', async () => {
      const pane = await top(120, 30);
      await pane.shows(/MEMORY/);
      for (const [columns, rows] of [
        [60, 10],
        [20, 5],
        [160, 45],
        [80, 24],
      ] as const) {
        pane.resize(columns, rows);
        await until(
          () => widest(pane) <= columns && /^pm top/.test(pane.text()) && pane.text().split('\n').length <= rows + 1,
        );
        if (columns >= 80) await pane.shows(/MEMORY/);
      }
      await leave(pane);
    });

    test('no colour with NO_COLOR, and nothing at all where the cursor cannot be moved', async () => {
      const pane = await top(80, 24, { NO_COLOR: '1' });
      await pane.shows(/> .*/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal is sent for colours
      expect(pane.raw()).not.toMatch(/\u001b\[[0-9;]*[1-9][0-9;]*m/);
      await leave(pane);
      const dumb = desk.open(80, 24, { TERM: 'dumb' });
      dumb.line('pm top; echo code $?');
      await dumb.shows(/TERM=dumb.*next: pm ls --everywhere\n+code 125/s);
    });
  });

  describe('acts', () => {
    test('a stop asks first, and ends the run', async () => {
      desk.pm('shop', 'start', 'victim', '--', ...waitsFor(desk, 'over'));
      const pane = await top(80, 24);
      pane.type('/');
      pane.line('victim');
      await pane.shows(/> .*victim/);
      pane.type('s');
      await pane.shows(/stop victim with all its processes\?/);
      pane.type('n');
      await pane.shows(/\?:help/);
      expect(desk.pm('shop', 'status', 'victim').runs[0]).toMatchObject({ state: 'running' });
      pane.type('s');
      await pane.shows(/stop victim with all its processes\?/);
      pane.type('y');
      await pane.shows(/victim cancelled/);
      expect(desk.pm('shop', 'status', 'victim').runs[0]).toMatchObject({ outcome: 'cancelled', reason: 'asked' });
      await leave(pane);
    });

    test('an extension moves the limit, and a wrong one says why not', async () => {
      desk.pm('shop', 'start', 'longer', '--timeout', '1h', '--', ...waitsFor(desk, 'over'));
      const pane = await top(100, 24);
      pane.type('/');
      pane.line('longer');
      await pane.shows(/> .*longer/);
      pane.type('e');
      await pane.shows(/new limit of longer/);
      pane.line('soon');
      await pane.shows(/must be a duration such as 6h/);
      pane.type('e');
      await pane.shows(/new limit of longer/);
      pane.line('+30m');
      await pane.shows(/longer.*limit 90m|longer.*1h30m/);
      expect(desk.pm('shop', 'status', 'longer').runs[0]).toMatchObject({ limitMs: 5_400_000 });
      await leave(pane);
    });

    test('waiting on: nobody is told again that a run needs a decision', async () => {
      desk.pm('shop', 'start', 'silent', '--quiet-after', '300ms', '--', 'sleep', '3000');
      const pane = await top(100, 30);
      pane.type('/');
      pane.line('silent');
      await pane.shows(/quiet.*w: wait on/s);
      pane.type('w');
      await pane.shows(/silent goes on/);
      const { budgetOver, runs } = desk.pm('shop', 'wait', 'silent', '--budget', '200ms');
      expect([budgetOver, runs[0]?.['attention']]).toEqual([true, undefined]);
      desk.pm('shop', 'stop', 'silent', '--force');
      await leave(pane);
    });
  });

  describe('reads', () => {
    test('a hostile log: colours and text, and no orders to the terminal', async () => {
      desk.pm('shop', 'start', 'hostile', '--wait', '--log-cap', '32MiB', '--', 'sh', fixture('hostile-log.sh'));
      const pane = await top(80, 24);
      const title = pane.fact('pane_title');
      pane.type('/');
      pane.line('hostile');
      await pane.shows(/> .*hostile/);
      pane.type('l');
      await pane.shows(/^log of hostile.*the end of the hostile log/s);
      await until(() => {
        pane.type('g');
        return /cleared/.test(pane.text());
      });
      await pane.shows(/^log of hostile · line 1 .*cleared\nhidden red turned\nlast and no more\nx+\n/s);
      expect([pane.fact('alternate_on'), pane.fact('pane_title')]).toEqual(['1', title]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: red is a colour of the job
      expect(pane.raw()).toMatch(/\u001b\[31mred/);
      pane.type('/');
      pane.line('NO more');
      await pane.shows(/^log of hostile · line 3 .*last and no more/s);
      await leave(pane);
    });

    test('what a live run writes, as it writes it', async () => {
      const [command = '', ...args] = waitsFor(desk, 'more');
      desk.pm(
        'shop',
        'start',
        'writer',
        '--',
        command,
        args[0] ?? '',
        `echo before; ${args[1]}; echo behind; ${waitsFor(desk, 'over').at(-1)}`,
      );
      const pane = await top(80, 24);
      pane.type('/');
      pane.line('writer');
      await pane.shows(/> .*writer/);
      pane.type('Tab');
      await pane.shows(/log of writer · followed.*\nbefore/s);
      desk.cue('more');
      await pane.shows(/before\nbehind/);
      await leave(pane);
    });
  });

  describe('gives the terminal back', () => {
    const isWhole = (pane: Pane): boolean =>
      pane.fact('alternate_on') === '0' && pane.fact('cursor_flag') === '1' && pane.fact('wrap_flag') === '1';

    test.for([
      ['q', (pane: Pane): void => pane.type('q'), 0],
      ['Ctrl-C', (pane: Pane): void => pane.type('C-c'), 130],
      ['SIGTERM', (pane: Pane): void => void process.kill(checked(pane.pid()), 'SIGTERM'), 143],
      ['SIGHUP', (pane: Pane): void => void process.kill(checked(pane.pid()), 'SIGHUP'), 129],
    ] as const)('after %s', async ([_, end, code]) => {
      const pane = desk.open(80, 24);
      pane.line('echo before');
      pane.line(`${recorded('pm top')}; echo "code $?"; stty -a`);
      await pane.shows(/^pm top/);
      end(pane);
      await pane.shows(new RegExp(`code ${code}`));
      await pane.shows(/[^-]icanon.*[^-]echo /s);
      expect(pane.text()).toMatch(/before/);
      expect(isWhole(pane)).toBe(true);
    });

    test('after an error that nobody expected, which is told', async () => {
      const pane = desk.open(80, 24, {
        NODE_OPTIONS: `--require=${fixture('throws-at-cue.cjs')}`,
        THROWS_AT: `${desk.folder}/fail`,
      });
      pane.line(`${recorded('pm top')}; echo "code $?"`);
      await pane.shows(/^pm top/);
      desk.cue('fail');
      await pane.shows(/the test made this fail.*code 125/s);
      expect(isWhole(pane)).toBe(true);
    });

    test('Ctrl-Z goes to the shell, and fg comes back', async () => {
      const pane = desk.open(80, 24);
      pane.line('pm top');
      await pane.shows(/^pm top/);
      for (const n of [1, 2]) {
        pane.type('C-z');
        await pane.shows(/Stopped/);
        expect(isWhole(pane)).toBe(true);
        pane.line(`echo "shell $((${n} + 40))"`);
        await pane.shows(new RegExp(`shell ${n + 40}`));
        pane.line('fg');
        await until(() => pane.fact('alternate_on') === '1');
        await pane.shows(/^pm top/);
      }
      pane.type('q');
      await until(() => isWhole(pane));
    });

    test('Ctrl-Z gives a prompt also when a script has called pm', async () => {
      const pane = desk.open(80, 24);
      pane.line("sh -c 'pm top; echo script goes on'");
      await pane.shows(/^pm top/);
      pane.type('C-z');
      await pane.shows(/Stopped/);
      pane.line('echo "shell $((40 + 2))"');
      await pane.shows(/shell 42/);
      expect(isWhole(pane)).toBe(true);
      pane.line('fg');
      await until(() => pane.fact('alternate_on') === '1');
      pane.type('q');
      await pane.shows(/script goes on/);
    });

    test('SIGKILL leaves a shell that works', async () => {
      const pane = await top(80, 24);
      process.kill(checked(pane.pid()), 'SIGKILL');
      await pane.shows(/Killed/);
      pane.line('echo "alive $((40 + 2))"');
      await pane.shows(/alive 42/);
      expect([pane.fact('cursor_flag'), pane.fact('wrap_flag')]).toEqual(['1', '1']);
    });
  });
});

function checked(pid: number): number {
  if (!(pid > 1)) throw new Error(`${pid} is no process of this test`);
  return pid;
}

function widest(pane: Pane): number {
  return Math.max(
    ...pane
      .text()
      .split('\n')
      .map((line) => [...line].length),
  );
}

/** The screen without what differs each time: times, sizes, ids and the folder of this test. Columns keep their width. */
function steady(screen: string, folder: string): string {
  const lines: readonly string[] = screen.replaceAll(folder, '/tmp/pm-top').trimEnd().split('\n');
  const titles = lines.find((line) => line.includes(' NAME ')) ?? '';
  const parts = [
    { at: titles.indexOf('TIME/LIMIT'), width: 13 },
    ...[
      ['ETA', 5],
      ['CPU', 5],
      ['MEMORY', 9],
    ].map(([title, width]) => ({
      at: titles.indexOf(String(title)) + String(title).length - Number(width),
      width: Number(width),
    })),
  ].filter(({ at }) => at > 0);
  return lines
    .map((line) => {
      if (/^pm top/.test(line)) return line.replace(/\d\d:\d\d$/, 'HH:MM');
      if (/^[> ] [●✓✗◐]/.test(line)) return parts.reduce(hidden, line).trimEnd();
      return line
        .replace(/(running|queued|in) [\d.]+(?:ms|s)/, '$1 <time>')
        .replace(/^( {2}(?:limit|started|queued|cpu|memory|pid|run|log|durations|time) +)\S.*/, '$1<differs>');
    })
    .join('\n');
}

function hidden(line: string, { at, width }: { readonly at: number; readonly width: number }): string {
  const cells = [...line.padEnd(at + width)];
  return [...cells.slice(0, at), '~'.repeat(width), ...cells.slice(at + width)].join('');
}
