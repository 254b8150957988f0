import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LONG } from '@pm/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fingerprint } from '../src/fingerprint/fingerprint.ts';
import { type Breaker, type BreakerRun, openBreaker, takeStart } from '../src/index.ts';

let cwd: string;
let breaker: Breaker;
const records = (): string => join(cwd, '.records');

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'pm-breaker-'));
  breaker = openBreaker({ folder: records(), name: 'api' });
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

describe('a script', () => {
  test('is stopped after three failures, and without git waits for the cool-down', async () => {
    await fail(3);
    writeFileSync(join(cwd, 'edited'), '');
    const asked = await breaker.ask({ cwd });
    expect(asked).toMatchObject({ kind: 'refused', why: 'open' });
    expect(asked.snapshot.why).toBe(
      'failed 3 times with the same error (ECONNREFUSED 127.0.0.1:8123); git could not compare the files; likely an infrastructure problem, not the work itself',
    );
  });

  test('in a repository gets its trial with the first edit, and a success closes', async () => {
    repository();
    await fail(3);
    const refused = await breaker.ask({ cwd, ignore: records() });
    expect(refused.snapshot.why).toContain('nothing that git sees has changed since');
    writeFileSync(join(cwd, 'source'), 'mended');
    expect(await breaker.ask({ cwd, ignore: records() })).toMatchObject({ kind: 'trial', because: 'changed' });
    expect(await breaker.ask({ cwd, ignore: records() })).toMatchObject({ kind: 'refused', why: 'trial-on' });
    await breaker.record('success', { cwd });
    expect(await breaker.ask({ cwd })).toMatchObject({ kind: 'allowed' });
  });

  test('whose trial fails waits again, with the same that was tried', async () => {
    repository();
    await fail(3);
    writeFileSync(join(cwd, 'source'), 'mended');
    await breaker.ask({ cwd, ignore: records() });
    expect((await fail(1)).tripped).toBe(true);
    expect(await breaker.ask({ cwd, ignore: records() })).toMatchObject({ kind: 'refused', why: 'open' });
  });

  test('whose trial never says how it went gives way after its time', async () => {
    const patient = openBreaker({ folder: records(), name: 'api', rule: { coolDownMs: 0 } });
    await fail(3);
    expect((await patient.ask({ cwd, trialMs: 0 })).kind).toBe('trial');
    expect((await patient.ask({ cwd, trialMs: 0 })).kind).toBe('trial');
  });
});

describe('by hand', () => {
  test('trip, reset and hold do what they say, with reason and owner', async () => {
    const own = openBreaker({ folder: records(), name: 'api', by: 'ann' });
    expect(own.trip('the database is down')).toMatchObject({
      circuit: 'open',
      why: 'opened by ann: the database is down',
    });
    expect(own.reset('it is back')).toMatchObject({ circuit: 'closed' });
    expect(own.hold(60_000, 'migration')).toMatchObject({ circuit: 'held', why: 'held by ann: migration' });
    expect(await own.ask({ cwd })).toMatchObject({ kind: 'refused', why: 'held' });
    expect(own.reset()).toMatchObject({ circuit: 'closed' });
    expect((await own.ask({ cwd })).kind).toBe('allowed');
  });

  test('a success does not end a hold', async () => {
    breaker.hold(null, 'migration');
    await breaker.record('success', { cwd });
    expect(breaker.snapshot().circuit).toBe('held');
  });

  test('a reason of any length can be read again', () => {
    expect(breaker.trip('x'.repeat(100_000)).malformed).toEqual([]);
  });
});

describe('a record that cannot be read', () => {
  test.each<[string, (file: string) => void]>([
    ['garbage', (file) => writeFileSync(file, 'garbage')],
    ['an empty file', (file) => writeFileSync(file, '')],
    ['half a record', (file) => writeFileSync(file, '{"v":1,"kind":"res')],
    ['a reset without its fields', (file) => writeFileSync(file, '{"v":1,"kind":"reset"}')],
    ['a folder', (file) => mkdirSync(file)],
    ['a symbolic link', (file) => symlinkSync('/etc/passwd', file)],
    ['an endless file', (file) => symlinkSync('/dev/zero', file)],
  ])('%s is reported, set aside, and does not reset; while it is the newest, nothing begins', async (_, plant) => {
    await fail(2);
    plant(join(records(), 'api/log/3'));
    const { malformed, circuit, state } = breaker.snapshot();
    expect({ circuit, failures: state.failures.length, reported: malformed.length }).toEqual({
      circuit: 'open',
      failures: 2,
      reported: 1,
    });
    expect(await breaker.ask({ cwd })).toMatchObject({
      kind: 'refused',
      why: 'unreadable',
      snapshot: { why: expect.stringContaining('until the breaker is reset') },
    });
    expect(readdirSync(join(records(), 'api/log'))).toContain('3.malformed');
    expect((await fail(1)).tripped).toBe(true);
    expect(readdirSync(join(records(), 'api/log')).sort()).toEqual(['1', '2', '3.malformed', '4', '5']);
  });

  test('which may be a hold keeps everything out until a reset; an older one is only reported', async () => {
    breaker.hold(null, 'migration');
    writeFileSync(join(records(), 'api/holds/1'), 'gar');
    for (let look = 0; look < 2; look++) expect((await breaker.ask({ cwd })).kind).toBe('refused');
    expect(breaker.reset('looked at it').circuit).toBe('closed');
    const { kind, snapshot } = await breaker.ask({ cwd });
    expect({ kind, reported: snapshot.malformed.length }).toEqual({ kind: 'allowed', reported: 1 });
  });

  test.each([1, 2, 3, 4])('among those that opened it, number %i: it is never silently a reset', async (n) => {
    await fail(3);
    writeFileSync(join(records(), `api/log/${n}`), 'garbage');
    const { circuit, malformed, state } = breaker.snapshot();
    expect(circuit === 'open' || (malformed.length > 0 && state.failures.length === 2)).toBe(true);
  });

  test('of a newer version is left where it is, and said', async () => {
    await fail(2);
    writeFileSync(join(records(), 'api/log/3'), '{"v":2,"kind":"unheard-of"}');
    expect(breaker.snapshot().malformed[0]).toContain('newer');
    expect(readdirSync(join(records(), 'api/log'))).toContain('3');
  });

  test('in the place of a hold holds nothing, and is reported', () => {
    breaker.hold(null, 'migration');
    writeFileSync(join(records(), 'api/holds/2'), 'garbage');
    expect(breaker.snapshot()).toMatchObject({ circuit: 'held', malformed: [expect.stringContaining('set aside')] });
  });
});

describe('runs of others', () => {
  test('are read, not fed: what is looked up decides, each time anew', async () => {
    const runs: BreakerRun[] = [];
    const follower = openBreaker({
      folder: records(),
      name: 'train',
      history: () => ({ runs, positions: { train: runs.length } }),
    });
    const at = { atMs: Date.now(), host: 'h', bootId: 'b', uptimeMs: 1 };
    for (let n = 1; n <= 3; n++) {
      expect((await follower.ask({ cwd, argv: ['x'], run: { source: 'train', after: n - 1 } })).kind).toBe('allowed');
      runs.push({ source: 'train', n, id: `r${n}`, begun: at, ended: { outcome: 'failed', at } });
    }
    const asking = { cwd, argv: ['x'], run: { source: 'train', after: 3 } };
    expect(await follower.ask(asking)).toMatchObject({ kind: 'refused' });
    expect((await follower.ask({ ...asking, argv: ['y'] })).kind).toBe('trial');
    runs.push({ source: 'train', n: 4, id: 'r4', begun: at, ended: { outcome: 'success', at } });
    expect(follower.snapshot().circuit).toBe('closed');
  });

  test('that were pruned while it was open leave it open', async () => {
    const at = { atMs: Date.now(), host: 'h', bootId: 'b', uptimeMs: 1 };
    let runs: BreakerRun[] = [1, 2, 3].map((n) => ({
      source: 'train',
      n,
      id: `r${n}`,
      begun: at,
      ended: { outcome: 'failed', at },
    }));
    const latched = openBreaker({
      folder: records(),
      name: 'train',
      rule: { coolDownMs: null },
      history: () => ({ runs, positions: { train: 3 } }),
    });
    const asking = { cwd, argv: ['x'], run: { source: 'train', after: 3 } };
    expect((await latched.ask(asking)).kind).toBe('refused');
    runs = [];
    expect((await latched.ask(asking)).kind).toBe('refused');
  });
});

describe('a fingerprint', () => {
  test.each<[string, () => void]>([
    ['an edit of a file', () => writeFileSync(join(cwd, 'source'), 'other')],
    ['an edit that keeps the size', () => utimesSync(join(cwd, 'dirty'), 1, 1)],
    ['a new file', () => writeFileSync(join(cwd, 'new'), '')],
    ['a new file in a new folder', () => newIn('folder')],
    ['a deleted file', () => rmSync(join(cwd, 'source'))],
    ['a commit', () => git('commit', '-qm', 'two', '--allow-empty')],
    ['a staged file', () => git('add', 'dirty')],
    ['a renamed file', () => git('mv', 'source', 'renamed')],
  ])('changes with %s', async (_, change) => {
    repository();
    writeFileSync(join(cwd, 'dirty'), 'x');
    const before = await fingerprint({ cwd });
    expect(await fingerprint({ cwd })).toEqual(before);
    change();
    expect((await fingerprint({ cwd })).tree).not.toBe(before.tree);
  });

  test('changes with an edit inside a repository within the repository', async () => {
    repository();
    mkdirSync(join(cwd, 'inner'));
    execFileSync('git', ['init', '-q'], { cwd: join(cwd, 'inner') });
    writeFileSync(join(cwd, 'inner/source'), 'one');
    const before = await fingerprint({ cwd });
    writeFileSync(join(cwd, 'inner/source'), 'other');
    expect((await fingerprint({ cwd })).tree).not.toBe(before.tree);
  });

  test('does not change with what is ignored, ours, or the untracked output of a failed run', async () => {
    repository();
    writeFileSync(join(cwd, '.gitignore'), '*.log\n');
    const before = await fingerprint({ cwd, ignore: records() });
    writeFileSync(join(cwd, 'x.log'), '');
    mkdirSync(records());
    writeFileSync(join(records(), 'y'), '');
    writeFileSync(join(cwd, 'report.xml'), '');
    utimesSync(join(cwd, 'report.xml'), 1_000, 1_001.0004); // in the last millisecond of the failure, as file systems tell it
    const after = await fingerprint({ cwd, ignore: records() }, [{ fromMs: 999_000, toMs: 1_001_000 }]);
    expect(after).toEqual(before);
  });

  test.skipIf(process.platform !== 'linux')(
    'does not change with an untracked file that takes what somebody of our session prints, until that is over',
    async () => {
      repository();
      const before = await fingerprint({ cwd });
      const fd = openSync(join(cwd, 'out.txt'), 'w');
      const tee = spawn('cat', { stdio: ['pipe', fd, 'ignore'] });
      closeSync(fd);
      try {
        tee.stdin?.write('x');
        await vi.waitUntil(() => statSync(join(cwd, 'out.txt')).size === 1, { interval: 5, timeout: 120_000 });
        expect(await fingerprint({ cwd })).toEqual(before);
      } finally {
        tee.stdin?.end();
        await once(tee, 'exit');
      }
      expect((await fingerprint({ cwd })).tree).not.toBe(before.tree);
      const read = openSync(join(cwd, 'out.txt'), 'r');
      expect((await fingerprint({ cwd })).tree).not.toBe(before.tree);
      closeSync(read);
    },
  );

  test('of a breaker does not change with its own records', async () => {
    repository();
    const own = openBreaker({ folder: join(cwd, 'breakers'), name: 'api', rule: { coolDownMs: null } });
    for (let i = 0; i < 3; i++) await own.record('failed', { cwd });
    expect((await own.ask({ cwd })).kind).toBe('refused');
    writeFileSync(join(cwd, 'source'), 'mended');
    expect((await own.ask({ cwd })).kind).toBe('trial');
  });

  test('is the same from a folder inside, knows a repository without a commit, and none without git', async () => {
    expect(await fingerprint({ cwd })).toEqual({});
    execFileSync('git', ['init', '-q'], { cwd });
    writeFileSync(join(cwd, 'a'), '');
    const before = await fingerprint({ cwd });
    mkdirSync(join(cwd, 'inside'));
    expect(await fingerprint({ cwd: join(cwd, 'inside') })).toEqual(before);
    writeFileSync(join(cwd, 'b'), '');
    expect((await fingerprint({ cwd })).tree).not.toBe(before.tree);
    expect(await fingerprint({ cwd: join(cwd, 'nowhere') })).toEqual({});
  });

  test('is taken of more untracked files than a pipe takes at once', async () => {
    repository();
    const longName = 'x'.repeat(120);
    for (let i = 0; i < (LONG ? 6_000 : 600); i++) writeFileSync(join(cwd, `${longName}-${i}`), ''); // 64 KiB and more
    expect((await fingerprint({ cwd })).tree).toBeDefined();
  });
});

test('a budget of starts grants exactly so many within a day', () => {
  const folder = join(records(), 'starts');
  const answers = Array.from({ length: 6 }, () => takeStart(folder, 4));
  expect(answers.map((nextAtMs) => nextAtMs === undefined)).toEqual([true, true, true, true, false, false]);
  expect(answers[5]).toBeGreaterThan(Date.now() + 86_000_000);
});

async function fail(times: number): Promise<{ tripped: boolean }> {
  let last = { tripped: false };
  for (let i = 0; i < times; i++)
    last = await breaker.record('failed', {
      cwd,
      ignore: records(),
      signature: 'Error: connect ECONNREFUSED 127.0.0.1:8123',
    });
  return last;
}

function newIn(name: string): void {
  mkdirSync(join(cwd, name));
  writeFileSync(join(cwd, name, 'file'), '');
}

function repository(): void {
  git('init', '-q');
  writeFileSync(join(cwd, 'source'), 'broken');
  git('add', 'source');
  git('commit', '-qm', 'one');
}

function git(...args: string[]): void {
  const own = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...own, ...args], { cwd, stdio: 'pipe' });
}
