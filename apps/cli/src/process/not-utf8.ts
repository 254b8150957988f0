import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { usageError } from '../call/cli-error.ts';
import { quote } from '../text/shell-words.ts';
import type { CliProcess } from './cli-process.ts';
import { invocationOf } from './invocation.ts';

const UNKNOWN_BYTES = 'this system does not show the bytes; \uFFFD stands for bytes that are not UTF-8';

const LINE_FEED = 0x0a;

// Why: contributing/decisions/2026-11-29-bytes-that-are-not-utf8.md
/**
 * Refuses a call whose arguments or PM_DIR are not UTF-8: Node.js reads such bytes as U+FFFD, so pm would start another command, or work in
 * another directory, than it was told. A real U+FFFD passes.
 * @throws a usage error, with a call that works if there is one
 */
export function refuseWhatIsNotUtf8(call: Pick<CliProcess, 'argv' | 'env' | 'caller'>): void {
  if (call.caller === undefined) refuseArguments(call); // a pm on another host has sent only what is UTF-8
  refuseDirectory(call.env['PM_DIR'] ?? '');
}

function refuseArguments(call: Pick<CliProcess, 'argv' | 'env'>): void {
  const words = call.argv.slice(2);
  if (!words.some((word) => word.includes('\uFFFD'))) return;
  const given = rawWords(words);
  // Without the bytes, each U+FFFD may stand for something else.
  const raw = given ?? words.map((word) => Buffer.from(word));
  const isBad = (n: number): boolean =>
    given === undefined ? words[n]?.includes('\uFFFD') === true : !isUtf8(raw[n] ?? Buffer.of());
  const at = words.findIndex((_, n) => isBad(n));
  if (at < 0) return;
  const dashes = words.indexOf('--') + 1;
  const isOfCommand = dashes > 0 && at >= dashes;
  const place = isOfCommand ? `word ${at - dashes + 1} of the command` : `argument ${at + 1}`;
  const why =
    given === undefined
      ? `may not be UTF-8 (${UNKNOWN_BYTES}): ${words[at]}`
      : `is not UTF-8: ${visible(raw[at] ?? Buffer.of())}`;
  throw usageError(
    `${place} ${why}; nothing was done`,
    isOfCommand ? shellCall(call, raw, dashes, isBad) : 'give it in UTF-8',
  );
}

/** The call in which a shell makes the words of these bytes. */
function shellCall(
  call: Pick<CliProcess, 'argv' | 'env'>,
  raw: readonly Buffer[],
  dashes: number,
  isBad: (n: number) => boolean,
): string {
  const words = call.argv.slice(2);
  const made = words.slice(dashes).map((word, i) => (isBad(dashes + i) ? printed(raw[dashes + i]) : quote(word)));
  const line = `exec ${made.join(' ')}`;
  return `${invocationOf(call)} ${[...words.slice(0, dashes), 'sh', '-c', line].map(quote).join(' ')}`;
}

/**
 * As a format of printf(1), in which each byte that may mean something is an octal number. A substitution loses line feeds at its end,
 * so these follow it.
 */
function printed(bytes: Buffer = Buffer.of()): string {
  const end = bytes.findLastIndex((byte) => byte !== LINE_FEED) + 1;
  const format = escaped(bytes.subarray(0, end), /[\w./,:=@+]/, (byte) => byte.toString(8).padStart(3, '0'));
  const feeds = end === bytes.length ? '' : `'${'\n'.repeat(bytes.length - end)}'`;
  return `"$(printf "${format}")"${feeds}`;
}

function visible(bytes: Buffer): string {
  return escaped(bytes, /[ -~]/, (byte) => `x${byte.toString(16).padStart(2, '0')}`);
}

function escaped(bytes: Buffer, plain: RegExp, code: (byte: number) => string): string {
  return [...bytes]
    .map((byte) => (plain.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${code(byte)}`))
    .join('');
}

function refuseDirectory(dir: string): void {
  if (!dir.includes('\uFFFD')) return;
  const raw = rawVariable('PM_DIR');
  const next = 'set PM_DIR to a path in UTF-8';
  if (raw === undefined) throw usageError(`PM_DIR may not be UTF-8 (${UNKNOWN_BYTES}): ${dir}; nothing was done`, next);
  if (!isUtf8(raw)) throw usageError(`PM_DIR is not UTF-8: ${visible(raw)}; nothing was done`, next);
}

/** The bytes of these last arguments; undefined if the system does not tell, or shows another process (a foreign /proc). */
function rawWords(words: readonly string[]): Buffer[] | undefined {
  const all = parts(read(() => readFileSync('/proc/self/cmdline')));
  const last = all.slice(Math.max(all.length - words.length, 0));
  return last.length === words.length && last.every((bytes, n) => bytes.toString('utf8') === words[n])
    ? last
    : undefined;
}

function rawVariable(name: string): Buffer | undefined {
  const found = parts(read(() => readFileSync('/proc/self/environ'))).find((bytes) => bytes.indexOf(`${name}=`) === 0);
  return found?.subarray(name.length + 1);
}

function read(reading: () => Buffer): Buffer | undefined {
  try {
    return reading();
  } catch {
    return undefined;
  }
}

function parts(text: Buffer | undefined): Buffer[] {
  const found: Buffer[] = [];
  for (let start = 0; text !== undefined && start < text.length; ) {
    const zero = text.indexOf(0, start);
    const end = zero < 0 ? text.length : zero;
    found.push(text.subarray(start, end));
    start = end + 1;
  }
  return found;
}
