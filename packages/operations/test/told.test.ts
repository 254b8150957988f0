import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { type Answer, operations } from '../src/index.ts';
import { LogAnswer } from '../src/inspect/log-answer.ts';
import { animal, QUICK, type Stage, test } from './stage.ts';

// What an answer tells of a run: the lines of its log as a terminal shows them, and what its outcome hides.

const ESC = '\u001b';
const frames = (draw: (n: number) => string): string => Array.from({ length: 400 }, (_, n) => draw(n)).join('');

describe.concurrent('of a failure that drew over its lines the last version is told:', () => {
  test.for<[what: string, output: string, tail: string]>([
    ['a bar', `${frames((n) => `\r[${'#'.repeat(40)}] ${n}/600`)}\r${ESC}[KFAILED: 3 of 600\n`, 'FAILED: 3 of 600'],
    ['without an erase', `${frames((n) => `\rrow ${n} of 600 rows`)}\rFAILED: 3\n`, 'FAILED: 3'],
    ['without a newline', frames((n) => `\rstep ${n}`), 'step 399'],
    ['ended by a return', frames((n) => `step ${n}\r`), 'step 399'],
    [
      'three lines at once',
      `a\nb\nc\n${frames((n) => `${ESC}[3A${ESC}[2K\ra ${n}\n${ESC}[2K\rb ${n}\n${ESC}[2K\rc ${n}\n`)}no space\n`,
      'a 399\nb 399\nc 399\nno space',
    ],
    ['a column that is named', `${frames((n) => `${ESC}[1G${ESC}[0Kwork ${n}`)}${ESC}[1G${ESC}[2Kbroken\n`, 'broken'],
    ['backspaces', `${frames((n) => `${String(n).padStart(4)}\b\b\b\b`)}gone\n`, 'gone'],
  ])('%s', async ([, output, tail], { stage }) => {
    const { runs } = await failed(stage, output);
    expect(runs[0]?.tail).toBe(tail);
    expect((await logs(stage, { tail: 4 })).text.trimEnd()).toBe(tail);
  });
});

describe.concurrent('of a line that is too long the middle is left out, and the next call shows more:', () => {
  test.for<[what: string, output: string, begin: string, end: string]>([
    ['5 kB', `ValueError: ${'A'.repeat(5_000)}\n`, 'ValueError: AAA', 'AAA'],
    ['20 kB', `ValueError: ${'A'.repeat(20_000)}\n`, 'ValueError: AAA', 'AAA'],
    ['1 MB', `ValueError: ${'A'.repeat(1_000_000)}!\n`, 'ValueError: AAA', 'A!'],
    ['JSON without a newline', `{"level":"error","rows":[${'1,'.repeat(50_000)}1]}`, '{"level":"error"', '1]}'],
    ['between others', `first\nTypeError: ${'é'.repeat(9_000)} end\nlast\n`, 'first\nTypeError: é', 'é end\nlast'],
  ])('%s', async ([, output, begin, end], { stage }) => {
    const { runs, next } = await failed(stage, output);
    const { tail = '' } = runs[0] ?? {};
    expect(tail.startsWith(begin), tail).toBe(true);
    expect(tail.endsWith(end), tail).toBe(true);
    expect(tail).toMatch(/…\[\d+ characters left out\]…/);
    expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(1_400);
    let shown = tail;
    for (let [call] = next; call !== undefined && shown.length < 100_000; [call] = await nextOf(stage, call)) {
      expect(call.operation).toBe('logs');
      const { text } = await logs(stage, call.input);
      expect(text.length).toBeGreaterThan(shown.length);
      shown = text;
    }
    expect(shown.length).toBeGreaterThan(Math.min(output.length, 100_000) / 2);
  });
});

test('of a run with a separate stderr the last lines of that are told, and the next call shows it', async ({
  stage,
}) => {
  const command = ['sh', '-c', 'echo starting; echo "Error: no disk" >&2; exit 1'];
  const { runs, next } = await stage.ask('start', { step: 'work', command, wait: true, split: true, ...QUICK });
  expect(runs[0]?.tail).toBe('Error: no disk');
  expect((await logs(stage, next[0]?.input ?? {})).text).toBe('Error: no disk\n');
});

describe.concurrent('what pm logs shows is what is matched:', () => {
  test.for<[what: string, output: string, text: string]>([
    ['a bold word', `${ESC}[1mLocal${ESC}[22m: http://localhost\n`, 'Local: http'],
    ['colours between letters', `${ESC}[32mre${ESC}[39m${ESC}[1mady${ESC}[0m in 3 s\n`, 'ready in'],
    ['behind a return', `\rcompiling 40 %\r${ESC}[Kcompiled\n`, 'compiled'],
    ['a link', `see ${ESC}]8;;http://x${ESC}\\the page${ESC}]8;;${ESC}\\ now\n`, 'see the page now'],
    ['a letter that cannot be seen', 'lis\u200bten\u00ading\n', 'listening'],
    ['written over by backspaces', 'failed\b\b\b\b\b\bpassed\n', 'passed'],
    ['a line that has no end yet', `${ESC}[2K\r${ESC}[36mwaiting for input`, 'waiting for'],
    ['lines ended the way of Windows', 'one\r\ntwo\r\n', 'two'],
  ])('%s', async ([, output, text], { stage }) => {
    writeFileSync(join(stage.folder, 'output'), output);
    await stage.ask('start', { step: 'work', command: [animal('prints-file.sh'), '0', 'stays'], ...QUICK });
    const { runs } = await stage.ask('wait', { steps: ['work'], forLine: text });
    expect(runs[0]?.lineSeen).toContain(text);
    const found = await logs(stage, { grep: `${text}.*` });
    expect(found.text).toMatch(new RegExp(`^\\d+: .*${text}`));
    expect((await logs(stage, {})).text).toContain(found.text.replace(/^\d+: |\n$/g, ''));
    stage.cue('go');
  });

  test('and what is not shown any more is not found by a search', async ({ stage }) => {
    await failed(stage, `error 1\r${ESC}[Kfine\n`);
    expect((await logs(stage, { grep: 'error' })).text).toBe('');
    expect((await logs(stage, { grep: '^fine$' })).text).toBe('1: fine\n');
  });
});

describe.concurrent('a decision about a live run is asked for with its last lines, and with the call that shows more:', () => {
  test.for<[what: string, output: string, tail: string | undefined]>([
    ['a watcher', '648 passed\n\nWaiting for file changes\n', '648 passed\nWaiting for file changes'],
    ['much output', frames((n) => `line ${n}\n`), 'line 395\nline 396\nline 397\nline 398\nline 399'],
    ['a bar', frames((n) => `\r${n}/400`), '399/400'],
    ['a question', 'Overwrite? [y/N] ', 'Overwrite? [y/N]'],
    ['a very long line', 'x'.repeat(9_000), undefined],
    ['nothing', '', ''],
  ])('%s', async ([, output, tail], { stage }) => {
    writeFileSync(join(stage.folder, 'output'), output);
    await stage.ask('start', {
      step: 'work',
      command: ['sh', '-c', `cat output; exec sleep 1000`],
      ...QUICK,
      quietAfter: '300ms',
    });
    const waited = await stage.ask('wait', { steps: ['work'] });
    const asked = await stage.ask('status', { step: 'work' });
    for (const { runs, next } of [waited, asked]) {
      const [run] = runs;
      expect(run?.outcome).toBeUndefined();
      if (tail !== undefined) expect(run?.tail ?? '').toBe(tail);
      else expect(run?.tail).toMatch(/^x+…\[\d+ characters left out\]…x+$/);
      if (output !== '') expect(next.map(({ operation }) => operation)).toContain('logs');
    }
    expect(waited.next.map(({ operation }) => operation)).toEqual(['wait', 'status', 'logs', 'stop']);
  });
});

describe.concurrent('a success that is none has a note:', () => {
  const question = "process.stdin.resume(); process.stdout.write('Is this OK? (yes) ')";
  test.for<[what: string, command: string[], note: RegExp | undefined]>([
    ['a question', ['node', '-e', question], /ends with a question, "Is this OK\? \(yes\)"/],
    ['a prompt', ['sh', '-c', 'printf "Continue? [Y/n] "; read x; exit 0'], /"Continue\? \[Y\/n\]"/],
    ['a password', ['sh', '-c', 'echo "Password: "; true'], /"Password:"/],
    ['a pipeline', ['sh', '-c', '(echo "2 failed"; exit 1) | tail -15'], /"tail -15" alone.*Its log says: "2 failed"/],
    ['a pipeline of silence', ['bash', '-c', 'exit 3 | cat'], /"cat" alone, the end of a pipeline/],
    ['a forgiven failure', ['sh', '-c', 'false || true'], /ends with "true", which succeeds whatever/],
    ['a last word', ['sh', '-c', 'false; echo done'], /ends with "echo done"/],
    ['a background', ['sh', '-c', 'exec 1>&- 2>&-; sleep 0 &'], /leaves "sleep 0" in the background/],
    [
      'two commands',
      ['sh', '-c', 'sh -c "echo ERROR: no; exit 4"; sh -c "exit 0"'],
      /alone, the last command.*"ERROR: no"/,
    ],
    ['a watcher', ['sh', '-c', 'exit 0', '--watch'], /"--watch" usually goes on/],
    ['pipefail', ['bash', '-o', 'pipefail', '-c', 'true | cat'], undefined],
    ['an input that is given', ['sh', '-c', 'echo 1 | cat'], undefined],
    ['an honest success', ['sh', '-c', 'echo "12 passed, 0 failed"'], undefined],
  ])('%s', async ([, command, note], { stage }) => {
    const { runs, notes = [] } = await stage.ask('start', { step: 'work', command, wait: true, ...QUICK });
    expect(runs).toMatchObject([{ outcome: 'success' }]);
    if (note === undefined) expect(notes.filter((text) => text.startsWith('work:'))).toEqual([]);
    else expect(notes.join('\n')).toMatch(note);
    expect((await stage.ask('status', { step: 'work' })).notes ?? []).toEqual(
      notes.filter((text) => text.startsWith('work:')),
    );
  });
});

describe.concurrent('what is quoted is bounded, and says how much is left out:', () => {
  const KIB = 1_024;
  test.for<[what: string, words: string[]]>([
    ['one long argument', ['x'.repeat(100 * KIB)]],
    ['many arguments', Array.from({ length: 20_000 }, (_, n) => `--file=${n}.txt`)],
    ['many long arguments', Array.from({ length: 8 }, () => 'y'.repeat(100 * KIB))],
    ['wide letters', ['語'.repeat(30 * KIB)]],
    ['newlines', ['\n'.repeat(50 * KIB)]],
  ])('%s', async ([, words], { stage }) => {
    const command = ['sh', '-c', 'exit 1', ...words];
    const answers = [await stage.ask('start', { step: 'work', command, wait: true, ...QUICK })];
    for (const [name, input] of [
      ['status', { step: 'work' }],
      ['ls', {}],
      ['wait', { steps: ['work'] }],
    ] as const)
      answers.push(await stage.ask(name, input));
    for (const answer of answers) {
      expect(JSON.stringify(answer).length).toBeLessThan(9_000);
      expect(answer.runs[0]?.command?.join(' ')).toMatch(/left out\]…/);
    }
  });

  test.for<[what: string, input: object, verb?: 'start' | 'wait']>([
    ['a program that is nowhere', { step: 'work', command: ['z'.repeat(100 * KIB)] }],
    ['shell syntax', { step: 'work', command: ['echo', 'q'.repeat(100 * KIB), '&&', 'true'] }],
    ['a folder that is nowhere', { step: 'work', command: ['true'], cwd: `/${'d'.repeat(3_000)}` }],
  ])('%s', async ([, input, verb = 'start'], { stage }) => {
    const told = await stage.ask(verb, input as never).then(JSON.stringify, (error: Error) => error.message);
    expect(told.length).toBeLessThan(5_000);
  });
});

/** A run that has printed this, and failed. */
async function failed(stage: Stage, output: string): Promise<Answer> {
  writeFileSync(join(stage.folder, 'output'), output);
  const command = [animal('prints-file.sh')];
  return stage.ask('start', { step: 'work', command, wait: true, ...QUICK });
}

async function logs(stage: Stage, input: object): Promise<LogAnswer> {
  const operation = await operations.logs();
  const context = { cwd: stage.folder, env: stage.env, signal: new AbortController().signal };
  const parsed = operation.input.parse({ step: 'work', dir: stage.dir, ...input });
  return LogAnswer.parse(await operation.run(parsed, context));
}

async function nextOf(stage: Stage, call: Answer['next'][number]): Promise<Answer['next']> {
  return (await logs(stage, call.input)).next;
}
