import type { Decoded } from './codec.ts';
import { MAX_PID } from './records/identity.ts';

// The flat files `<step>.pid` and `<step>.status`. Programs in any language write them, so a form is read if it has one meaning.
// Why: contributing/decisions/2026-11-29-what-foreign-writers-may-write.md

/**
 * `<step>.pid`: a decimal number. White space, CR and a byte order mark around it are allowed. 0, 1, negative numbers and everything
 * else are malformed, because they must never reach kill(2).
 */
export function decodePid(text: string): Decoded<number> {
  const number = text.trim(); // it takes U+FEFF for white space
  if (number === '') return { kind: 'malformed', why: 'empty' };
  const pid = /^[1-9]\d{0,9}$/.test(number) ? Number(number) : 0;
  if (pid > 1 && pid <= MAX_PID) return { kind: 'present', value: pid };
  return { kind: 'malformed', why: `${quoted(number)}, which is not a pid` };
}

/** What a `.status` says. */
export interface SaidStatus {
  readonly word: 'SUCCESS' | 'FAILED';
  /** Its first line, for people. */
  readonly said: string;
  /** 0 to 255, if it names one. */
  readonly exitCode?: number;
}

/** `<step>.status`: the word only. See `decodeSaidStatus`. */
export function decodeStatus(text: string): Decoded<SaidStatus['word']> {
  const status = decodeSaidStatus(text);
  return status.kind === 'present' ? { kind: 'present', value: status.value.word } : status;
}

const WORD = /^(?:(success|succeeded|successful)|(failed|failure|fail))(?![\p{L}\p{N}_])/iu;
const EXIT =
  /^(?:exit(?:ed)?|exit[ _]?(?:code|status)|return[ _]?code|rc)(?: with)?(?: code| status)?[\s:=(]*(\d{1,3})\)?$/i;
/** The exit code after the word: `7`, `(7)`, `: 7`, `exit 7`, `rc=7`, `(exit code 7)`. */
const CODE_AFTER =
  /^[\s:=,;([]*(?:with )?(?:exit(?:ed)?|exit[ _]?(?:code|status)|return[ _]?code|code|status|rc)?(?: with)?(?: code| status)?[\s:=(]*(?<![-+.\d])(\d{1,3})[)\]]*$/i;
/** Words that make it doubtful whether a `SUCCESS` before them is one. */
const DOUBT =
  /[?%\0]|(?<![\p{L}\p{N}_])(?:fail\w*|errors?|false|no|not|never|or|but|un\w+|partial\w*|abort\w*|kill\w*|cancel\w*|time(?:d )?out|lost|crash\w*)(?![\p{L}\p{N}_])/iu;
const NO_FAILURES = /(?<![\p{L}\p{N}_])(?:0|no|without|zero) (?:errors?|failures?|failed|failing)(?![\p{L}\p{N}_])/giu;

/**
 * `<step>.status`: `SUCCESS` or `FAILED` in any case, perhaps with an exit code or a text after it, or `exit <code>`. White space, CR,
 * a byte order mark and quotes around it are allowed. An empty file is not yet a status. Any other word is malformed, and so is what
 * contradicts itself: nobody guesses a success.
 */
export function decodeSaidStatus(text: string): Decoded<SaidStatus> {
  const whole = unquoted(text.trim());
  if (whole === '') return { kind: 'malformed', why: 'empty: not yet a status' };
  const [first = '', ...others] = whole.split(/\r\n|\n|\r/).map((line) => line.trim());
  const line = read(first);
  const isContradicted = others.some(
    (other) => read(other)?.word === (line?.word === 'SUCCESS' ? 'FAILED' : 'SUCCESS'),
  );
  if (line === undefined || isContradicted || (line.word === 'SUCCESS' && isDoubtful(others.join(' '))))
    return { kind: 'malformed', why: `${quoted(whole)}, which is neither SUCCESS nor FAILED` };
  return { kind: 'present', value: { ...line, said: first.slice(0, LONGEST) } };
}

const LONGEST = 80;

function read(line: string): Pick<SaidStatus, 'word' | 'exitCode'> | undefined {
  const exit = EXIT.exec(line)?.[1];
  if (exit !== undefined) return withCode(Number(exit) === 0 ? 'SUCCESS' : 'FAILED', exit);
  const [found, success] = WORD.exec(line) ?? [];
  if (found === undefined) return undefined;
  const rest = line.slice(found.length);
  const word = success === undefined ? 'FAILED' : 'SUCCESS';
  if (rest.includes('\0') || /^[?!/|&]/.test(rest) || (word === 'SUCCESS' && isDoubtful(rest))) return undefined;
  return withCode(word, CODE_AFTER.exec(rest)?.[1]);
}

/** Undefined if the code says the opposite of the word. */
function withCode(
  word: SaidStatus['word'],
  code: string | undefined,
): Pick<SaidStatus, 'word' | 'exitCode'> | undefined {
  if (code === undefined) return { word };
  const exitCode = Number(code);
  if ((exitCode === 0) !== (word === 'SUCCESS')) return undefined;
  return exitCode <= 255 ? { word, exitCode } : { word };
}

function isDoubtful(text: string): boolean {
  return DOUBT.test(text.replace(NO_FAILURES, ''));
}

function unquoted(text: string): string {
  return /^(["'])([^"']*)\1$/.exec(text)?.[2]?.trim() ?? text;
}

/** What was read, in quotes and on one line, for people. */
function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}
