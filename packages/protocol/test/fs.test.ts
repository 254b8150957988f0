import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { LONG, until } from '@pm/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeEnding } from '../src/codec.ts';
import {
  addQueued,
  claim,
  claimedSteps,
  claimNumbers,
  createRecord,
  isDirectory,
  linkOnce,
  openDirectory,
  openLog,
  presentIn,
  readClaim,
  readQueued,
  readRecord,
  removeQueued,
  replaceRecord,
} from '../src/fs/index.ts';
import { DEFAULTS, type Decoded, decodeJson, decodePid, decodeStatus, newRunId, RunRecord } from '../src/index.ts';
import { type Compiled, compile } from './compiled.ts';

const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;
const asText = (text: string): Decoded<string> => ({ kind: 'present', value: text });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-protocol-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('createRecord', () => {
  test('creates the record whole, for us alone, and leaves nothing beside it', () => {
    expect(createRecord(join(folder, 'ending'), 'v1 exit 0\n')).toBe(true);
    expect(readdirSync(folder)).toEqual(['ending']);
    expect(modeOf(join(folder, 'ending'))).toBe(0o600);
    expect(presentIn(readRecord(join(folder, 'ending'), decodeEnding))).toEqual({ cause: 'exit', code: 0 });
  });

  test('lets the first writer win', () => {
    const path = join(folder, 'ending');
    expect(createRecord(path, 'v1 exit 0\n', true)).toBe(true);
    expect(createRecord(path, 'v1 exit 1\n', true)).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('v1 exit 0\n');
    expect(readdirSync(folder)).toEqual(['ending']);
  });

  test('does not write through a symbolic link in its place', () => {
    symlinkSync(join(folder, 'target'), join(folder, 'ending'));
    expect(createRecord(join(folder, 'ending'), 'v1 exit 0\n')).toBe(false);
    expect(readdirSync(folder)).toEqual(['ending']);
  });

  test('says so if the folder is gone', () => {
    expect(() => createRecord(join(folder, 'none', 'ending'), 'x')).toThrow(/ENOENT/);
  });

  test('writes a record of many megabytes whole', () => {
    const text = 'x'.repeat(20_000_000);
    createRecord(join(folder, 'outcome'), text);
    expect(statSync(join(folder, 'outcome')).size).toBe(text.length);
  });
});

describe('a run that waits for its turn', () => {
  const record = (id: string) => ({
    v: 1 as const,
    id,
    step: 'train',
    argv: ['true'],
    cwd: '/',
    createdAt: 0,
    policy: { ...DEFAULTS, liveness: 'output' as const },
    owner: { user: 'ada' },
    queue: { name: 'heavy', folder: '/', priority: 0 },
    asked: {},
    umask: 0,
    env: '',
  });

  test('is removed by its id, and another run of the step is left alone', () => {
    const [one, other] = [newRunId(1), newRunId(2)];
    expect(addQueued(folder, record(one))).toBe(true);
    removeQueued(folder, { id: other, step: 'train' });
    expect(presentIn(readQueued(folder, 'train'))?.id).toBe(one);
    expect(addQueued(folder, record(other))).toBe(false);
    removeQueued(folder, { id: one, step: 'train' });
    removeQueued(folder, { id: one, step: 'train' });
    expect(readdirSync(join(folder, 'queued'))).toEqual([]);
    expect(addQueued(folder, record(other))).toBe(true);
  });
});

describe('replaceRecord', () => {
  test('replaces the old record, and leaves nothing beside it', () => {
    replaceRecord(join(folder, 'deadline'), 'v1 1\n');
    replaceRecord(join(folder, 'deadline'), 'v1 2\n');
    expect(readFileSync(join(folder, 'deadline'), 'utf8')).toBe('v1 2\n');
    expect(readdirSync(folder)).toEqual(['deadline']);
  });

  test('that cannot replace leaves nothing beside it either', () => {
    mkdirSync(join(folder, 'deadline'));
    expect(() => replaceRecord(join(folder, 'deadline'), 'v1 2\n')).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(folder)).toEqual(['deadline']);
  });
});

describe('linkOnce', () => {
  test('links once', () => {
    writeFileSync(join(folder, 'exit'), 'v1 exit 0\n');
    writeFileSync(join(folder, 'order'), 'v1 hung\n');
    expect(linkOnce(join(folder, 'exit'), join(folder, 'ending'))).toBe(true);
    expect(linkOnce(join(folder, 'order'), join(folder, 'ending'))).toBe(false);
    expect(readFileSync(join(folder, 'ending'), 'utf8')).toBe('v1 exit 0\n');
  });
});

describe('many processes at once', () => {
  const RACERS = LONG ? 50 : 8;
  let compiled: Compiled;
  beforeAll(() => {
    compiled = compile();
  });
  afterAll(() => compiled.remove());

  test('one of all creates the record, whole, and each number of the step has one holder', async () => {
    openDirectory(folder);
    const racers = Array.from({ length: RACERS }, (_, i) => start('race.mjs', compiled.fs, folder, `racer-${i}`));
    const lines = racers.map(linesOf);
    for (const line of lines) expect(await line.next()).toEqual({ done: false, value: 'ready' });
    writeFileSync(join(folder, 'go'), '');
    const results = await Promise.all(
      lines.map(
        async (line) => JSON.parse((await line.next()).value ?? '') as { name: string; created: boolean; n: number },
      ),
    );

    const winners = results.filter(({ created }) => created);
    expect(winners).toHaveLength(1);
    expect(readFileSync(join(folder, 'record'), 'utf8')).toBe(`${winners[0]?.name} `.repeat(20_000));

    const newestFirst = Array.from({ length: RACERS }, (_, i) => RACERS - i);
    expect(claimNumbers(folder, 'train')).toEqual(newestFirst);
    for (const { name, n } of results)
      expect(readFileSync(join(folder, 'steps/train', `${n}`), 'utf8')).toBe(`${name}\n`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a reader at full speed never sees a part of a replaced record', async () => {
    const file = join(folder, 'deadline');
    const writer = start('replace.mjs', compiled.fs, file);
    try {
      await until(() => readRecord(file, asText).kind === 'present');
      const seen = new Set<string>();
      await until(() => {
        for (let i = 0; i < 200; i += 1) {
          const text = presentIn(readRecord(file, asText)) ?? '';
          const letter = text.charAt(0);
          expect(text.length).toBe(1_000 + 7_919 * (letter.charCodeAt(0) - 97));
          expect(text === letter.repeat(text.length)).toBe(true);
          seen.add(letter);
        }
        return seen.size === 26;
      });
    } finally {
      writer.kill('SIGKILL');
    }
  });
});

describe('readRecord', () => {
  const read = (name: string): unknown => readRecord(join(folder, name), decodeStatus);
  const malformed = (why: RegExp): unknown => ({ kind: 'malformed', why: expect.stringMatching(why) });

  test('gives the value and when it was written', () => {
    const before = Date.now();
    writeFileSync(join(folder, 'status'), 'SUCCESS\n');
    const reading = readRecord(join(folder, 'status'), decodeStatus);
    expect(reading).toMatchObject({ kind: 'present', value: 'SUCCESS' });
    const atMs = reading.kind === 'present' ? reading.atMs : 0;
    expect(atMs).toBeGreaterThan(before - 50); // the clock of files ticks more slowly
    expect(atMs).toBeLessThanOrEqual(Date.now());
  });

  test('absent is the one word for a file that is not there', () => {
    writeFileSync(join(folder, 'status'), 'SUCCESS\n');
    expect(read('nothing')).toEqual({ kind: 'absent' });
    expect(read('none/status')).toEqual({ kind: 'absent' });
    expect(read('status/status')).toEqual({ kind: 'absent' });
  });

  test('a symbolic link is malformed, wherever it leads', () => {
    writeFileSync(join(folder, 'status'), 'SUCCESS\n');
    symlinkSync('status', join(folder, 'good'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('loop', join(folder, 'loop'));
    for (const name of ['good', 'dangling', 'loop']) expect(read(name)).toEqual(malformed(/symbolic link/));
  });

  test('a FIFO is malformed and blocks nobody', () => {
    execFileSync('mkfifo', [join(folder, 'status')]);
    expect(read('status')).toEqual(malformed(/not a regular file/));
  });

  test('a socket is malformed', async () => {
    const server = createServer().listen(join(folder, 'status'));
    try {
      await until(() => lstatSync(join(folder, 'status'), { throwIfNoEntry: false }) !== undefined);
      expect(read('status')).toEqual(malformed(/ENXIO|EOPNOTSUPP/));
    } finally {
      server.close();
    }
  });

  test('a folder is malformed', () => {
    mkdirSync(join(folder, 'status'));
    expect(read('status')).toEqual(malformed(/not a regular file/));
  });

  test('a device is malformed', () => {
    expect(readRecord('/dev/null', decodeStatus)).toEqual(malformed(/not a regular file/));
  });

  test.skipIf(!isRoot)('a file of another user is malformed', () => {
    writeFileSync(join(folder, 'status'), 'SUCCESS\n', { mode: 0o644 });
    chownSync(join(folder, 'status'), NOBODY, NOBODY);
    expect(read('status')).toEqual(malformed(/owned by uid 65534/));
  });

  test('a file that is too large is malformed and is not loaded', () => {
    writeFileSync(join(folder, 'status'), '');
    truncateSync(join(folder, 'status'), 100 * 2 ** 30);
    expect(read('status')).toEqual(malformed(/107374182400 bytes, more than 1048576/));
  });

  test('one byte more than the cap is too large', () => {
    writeFileSync(join(folder, 'status'), 'x'.repeat(11));
    expect(readRecord(join(folder, 'status'), asText, 11).kind).toBe('present');
    expect(readRecord(join(folder, 'status'), asText, 10)).toEqual(malformed(/11 bytes, more than 10/));
  });

  test('an empty file is not absent, and no value', () => {
    writeFileSync(join(folder, 'status'), '');
    expect(read('status')).toEqual(malformed(/not yet/));
  });

  test.skipIf(!canBeNobody())('a file that may not be read is malformed', () => {
    chmodSync(folder, 0o777);
    asNobody(() => {
      writeFileSync(join(folder, 'status'), 'SUCCESS\n', { mode: 0 });
      expect(read('status')).toEqual(malformed(/unreadable \(EACCES\)/));
    });
  });

  test('random bytes are malformed', () => {
    const forms = [decodeStatus, decodePid, decodeEnding, (text: string) => decodeJson(RunRecord, text)];
    for (let bytes = 16; bytes < 200; bytes += 1) {
      writeFileSync(join(folder, 'status'), crypto.getRandomValues(new Uint8Array(bytes)));
      for (const decode of forms) expect(readRecord<unknown>(join(folder, 'status'), decode).kind).toBe('malformed');
    }
  });

  test('a decoder that throws makes it malformed', () => {
    writeFileSync(join(folder, 'status'), 'SUCCESS\n');
    const throwing = (): Decoded<string> => {
      throw new RangeError('too deep');
    };
    expect(readRecord(join(folder, 'status'), throwing)).toEqual(malformed(/decoder/));
  });

  test('leaves no file open', () => {
    mkdirSync(join(folder, 'status'));
    const open = (): number => readdirSync('/proc/self/fd').length;
    if (!isDirectory('/proc/self/fd')) return;
    const before = open();
    for (let i = 0; i < 50; i += 1) read('status');
    expect(open()).toBe(before);
  });
});

describe('openLog', () => {
  const refused = (message: RegExp) =>
    expect.objectContaining({ name: 'PmError', code: 'not-supported', message: expect.stringMatching(message) });

  test('opens a file of any size', () => {
    writeFileSync(join(folder, 'log'), 'said\n');
    const fd = openLog(join(folder, 'log'));
    expect(readFileSync(fd, 'utf8')).toBe('said\n');
    closeSync(fd);
  });

  test('follows no symbolic link, wherever it leads, and says that it is one', () => {
    writeFileSync(join(folder, 'secret'), 'key');
    symlinkSync('secret', join(folder, 'good'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('loop', join(folder, 'loop'));
    for (const name of ['good', 'dangling', 'loop'])
      expect(() => openLog(join(folder, name))).toThrow(refused(/ is a symbolic link/));
  });

  test('waits for no FIFO, and tells what is missing from what was replaced', () => {
    execFileSync('mkfifo', [join(folder, 'log')]);
    expect(() => openLog(join(folder, 'log'))).toThrow(refused(/ is not a regular file/));
    expect(() => openLog(join(folder, 'none'))).toThrow(refused(/^There is no /));
  });
});

describe('openDirectory', () => {
  const unusable = (why: RegExp): unknown =>
    expect.objectContaining({
      code: 'directory-unusable',
      message: expect.stringMatching(why),
      next: expect.stringMatching(/--dir or PM_DIR/),
    });

  test('makes a directory for us alone that version control does not see', () => {
    const dir = join(folder, 'deep', '.pm');
    openDirectory(dir);
    for (const made of [dir, join(dir, 'runs'), join(dir, 'steps'), join(dir, 'ended')])
      expect(modeOf(made)).toBe(0o700);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*\n');
    expect(modeOf(join(dir, '.gitignore'))).toBe(0o600);
    expect(isDirectory(dir)).toBe(true);
  });

  test('keeps to its modes under any umask', () => {
    const before = process.umask(0);
    try {
      openDirectory(join(folder, '.pm'));
    } finally {
      process.umask(before);
    }
    expect(modeOf(join(folder, '.pm'))).toBe(0o700);
    expect(modeOf(join(folder, '.pm', '.gitignore'))).toBe(0o600);
  });

  test('opens what is open, and finishes what another left half made', () => {
    const dir = join(folder, '.pm');
    openDirectory(dir);
    openDirectory(dir);
    rmSync(join(dir, 'ended'), { recursive: true });
    rmSync(join(dir, 'steps'), { recursive: true });
    openDirectory(dir);
    expect(readdirSync(dir).sort()).toEqual(['.gitignore', 'ended', 'runs', 'steps']);
  });

  test('adopts the directory of a foreign writer', () => {
    const dir = join(folder, '.pm');
    mkdirSync(dir, { mode: 0o755 });
    writeFileSync(join(dir, 'train.status'), 'SUCCESS\n');
    openDirectory(dir);
    expect(readFileSync(join(dir, 'train.status'), 'utf8')).toBe('SUCCESS\n');
  });

  test("leaves the version control of somebody's own folder alone", () => {
    const dir = join(folder, 'project');
    mkdirSync(dir, { mode: 0o755 });
    writeFileSync(join(dir, 'notes.md'), '');
    openDirectory(dir);
    expect(readdirSync(dir).sort()).toEqual(['ended', 'notes.md', 'runs', 'steps']);
  });

  test('refuses a file in its way', () => {
    writeFileSync(join(folder, '.pm'), '');
    expect(thrownBy(() => openDirectory(join(folder, '.pm')))).toEqual(unusable(/is not a directory/));
    expect(thrownBy(() => openDirectory(join(folder, '.pm', 'inner')))).toEqual(unusable(/ENOTDIR/));
  });

  test('refuses a link that leads nowhere', () => {
    symlinkSync('nowhere', join(folder, '.pm'));
    expect(thrownBy(() => openDirectory(join(folder, '.pm')))).toEqual(unusable(/is not a directory/));
  });

  test.each([0o770, 0o707, 0o777, 0o1777])('refuses what others may write to: mode %o', (mode) => {
    const dir = join(folder, '.pm');
    mkdirSync(dir);
    chmodSync(dir, mode);
    expect(thrownBy(() => openDirectory(dir))).toEqual(unusable(/may be written by other users \(chmod go-w it\)/));
  });

  test.skipIf(!isRoot)('refuses what belongs to somebody else', () => {
    const dir = join(folder, '.pm');
    mkdirSync(dir);
    chownSync(dir, NOBODY, NOBODY);
    expect(thrownBy(() => openDirectory(dir))).toEqual(unusable(/belongs to uid 65534/));
  });

  test.skipIf(!canBeNobody())('refuses a place that may not be written', () => {
    chmodSync(folder, 0o555);
    asNobody(() => expect(thrownBy(() => openDirectory(join(folder, '.pm')))).toEqual(unusable(/EACCES/)));
  });

  test.skipIf(process.platform !== 'linux')('refuses a place where nothing can be made', () => {
    expect(thrownBy(() => openDirectory('/proc/pm'))).toEqual(unusable(/cannot be written/));
  });

  test.skipIf(!canMount())('refuses a directory that became read-only', () => {
    onTinyDisk((disk) => {
      openDirectory(join(disk, '.pm'));
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      expect(thrownBy(() => openDirectory(join(disk, '.pm')))).toEqual(unusable(/EROFS/));
    });
  });
});

describe('a claim', () => {
  const runFile = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `${name}\n`);
    return path;
  };

  test('is a link to the run record, and the highest is the newest', () => {
    openDirectory(folder);
    expect(claim(folder, 'train', 1, runFile('first'))).toBe(true);
    expect(claim(folder, 'train', 1, runFile('late'))).toBe(false);
    expect(claim(folder, 'train', 2, runFile('second'))).toBe(true);
    expect(statSync(join(folder, 'steps/train/2')).ino).toBe(statSync(join(folder, 'second')).ino);
    expect(claimNumbers(folder, 'train')).toEqual([2, 1]);
    expect(claimedSteps(folder)).toEqual(['train']);
    expect(readClaim(folder, 'train')?.n).toBe(2);
    expect(readClaim(folder, 'train', 1)?.n).toBe(1);
    expect(readClaim(folder, 'train', 2)).toBeUndefined();
  });

  test('numbers sort as numbers', () => {
    openDirectory(folder);
    for (const n of [9, 10, 100]) claim(folder, 'train', n, runFile(`run-${n}`));
    expect(claimNumbers(folder, 'train')).toEqual([100, 10, 9]);
  });

  test('of a record that is gone says so', () => {
    openDirectory(folder);
    expect(() => claim(folder, 'train', 1, join(folder, 'none'))).toThrow(/ENOENT/);
  });

  test('is not confused by files that are none', () => {
    openDirectory(folder);
    claim(folder, 'train', 1, runFile('first'));
    for (const name of ['0', '-1', '01', '1.tmp', 'x', '1234567890123']) {
      linkSync(join(folder, 'first'), join(folder, 'steps/train', name));
    }
    writeFileSync(join(folder, 'steps/.DS_Store'), '');
    writeFileSync(join(folder, 'steps/notes.txt'), '');
    expect(claimNumbers(folder, 'train')).toEqual([1]);
    expect(claimNumbers(folder, 'notes.txt')).toEqual([]);
    expect(claimedSteps(folder).sort()).toEqual(['notes.txt', 'train']);
    expect(readClaim(folder, 'notes.txt')).toBeUndefined();
  });

  test('nothing was claimed where there is no directory', () => {
    expect(claimedSteps(join(folder, 'none'))).toEqual([]);
    expect(readClaim(join(folder, 'none'), 'train')).toBeUndefined();
  });
});

describe.skipIf(!canMount())('on a full disk', () => {
  const tooMuch = 'x'.repeat(200_000);

  test('a record is not created, not even a part of it', () => {
    onTinyDisk((disk) => {
      expect(() => createRecord(join(disk, 'outcome'), tooMuch)).toThrow(/ENOSPC/);
      expect(() => createRecord(join(disk, 'outcome'), tooMuch, true)).toThrow(/ENOSPC/);
      expect(readdirSync(disk)).toEqual([]);
    });
  });

  test('the old record stays whole when it cannot be replaced', () => {
    onTinyDisk((disk) => {
      replaceRecord(join(disk, 'deadline'), 'v1 1800000\n');
      expect(() => replaceRecord(join(disk, 'deadline'), tooMuch)).toThrow(/ENOSPC/);
      expect(readFileSync(join(disk, 'deadline'), 'utf8')).toBe('v1 1800000\n');
      expect(readdirSync(disk)).toEqual(['deadline']);
    });
  });
});

type Racer = ChildProcessByStdio<null, Readable, null>;

function start(fixture: string, ...args: string[]): Racer {
  const program = fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url));
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env; // costs 37 ms a start on Node 20
  return spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env });
}

async function* linesOf({ stdout }: Racer): AsyncGenerator<string, undefined, void> {
  let rest = '';
  for await (const chunk of stdout.setEncoding('utf8')) {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  return undefined;
}

function thrownBy(act: () => void): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

/** Root may read and write everything, so a refusal can only be tested as another user. */
function canBeNobody(): boolean {
  return !isRoot || isMainThread;
}

function asNobody(act: () => void): void {
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

function canMount(): boolean {
  if (!isRoot || process.platform !== 'linux') return false;
  const disk = mkdtempSync(join(tmpdir(), 'pm-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
  return mounted;
}

function onTinyDisk(act: (disk: string) => void): void {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', disk]);
  try {
    act(disk);
  } finally {
    execFileSync('umount', [disk]);
  }
}
