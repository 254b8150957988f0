// Which lines name an error, in the words of the tools that people run. One line is looked at, with the one before it.

/** It worked, or nothing is wrong, whatever words follow. */
const FINE =
  /^\s*(?:✓|✔|√|ok\b|PASS(?:ED)?\b|--- PASS|warning\b|\S+Warning:)|\b(?:0|no) (?:errors?|failures?|failed|warnings?)\b(?!.*\b[1-9]\d* (?:errors?|failed|failures?)\b)|\bwarning:|^\s*at .*[:(]/i;

/** The line names the error itself. */
const ERRORS: readonly RegExp[] = [
  // Python, JavaScript, Java, C#, Ruby: the class of an exception and its message. pytest puts `E` before it, a group of Python `|`.
  /^(?:E\s+|[\s|+-]+)?(?:Uncaught |Unhandled \w+: |Caused by: |Exception in thread "[^"]*" )?(?:[\w$]+[.:]{1,2})*[A-Z]\w*(?:Error|Exception|Failure|Expired|Interrupt|Exit|Refused)\b(?!\w)/,
  /^\s*Caused by: |^Exception in thread /,
  /^E\s{2,}\S/,
  /^panic: |^fatal error: |^thread '.*' (?:\(\d+\) )?panicked at /,
  // Compilers and linkers: `a.c:3:5: error: …`, `a.ts(3,5): error TS2322: …`, `error[E0308]: …`, `./main.go:5:2: undefined: x`
  /\berror(?:\[\w+\]| [A-Z]{1,4}\d+)?: /,
  /^\S+\.\w{1,5}:\d+(?::\d+)?: (?!note\b|warning\b|info\b)\S/,
  /undefined reference to|cannot find -l|ld returned \d/,
  /^\s+\w+_test\.go:\d+: /,
  // What a test expected
  /\bexpected\b.{1,200}(?:\b(?:got|received)\b|\bactual(?:ly)?\b.*[:=]|\bbut (?:found|was)\b)|\bgot\b.{1,200}\b(?:want|wanted|expected)\b/i,
  /^\s*expect\(.*\)\.|^\s*(?:Expected|Received|Actual|left|right)\b[^:=]{0,20}[:=]/,
  /^npm (?:ERR!|error) (?!A complete log|code\b|errno\b|syscall\b|path\b)\S/,
  /^(?:fatal|error|Error|ERROR|FATAL|abort)(?: \w+)?: |^\[(?:ERROR|FATAL)\] \S/,
  /^\S*make(?:\[\d+\])?: \*\*\* |^curl: \(\d+\)|^CMake Error/,
  /: (?:command )?not found$|command not found: |: No such file or directory|: Permission denied|No space left on device/i,
  /^(?:.*: (?:line )?\d+:.*)?\b(?:Segmentation fault|Killed|Aborted|Bus error|Illegal instruction)\b/,
  /\bE(?:ADDRINUSE|CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN|NOTFOUND|NOSPC|ACCES|PERM|NOENT|MFILE|PIPE)\b/,
  /\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b(?! *[:=] *0\b)/,
];

/** The line names a test that failed. */
const FAILED_TESTS = /^\s*(?:\W{0,3}FAIL(?:ED)?\b|[✗✕×●] \S|--- FAIL: |not ok \d|\d+\) \S)|\.\.\. FAILED$/;

/** npm says that a command failed, with a code and without its error: `npm ERR! code 1`, `npm error code ELIFECYCLE`. */
const FAILED_COMMAND = /^npm (?:ERR!|error) (?:code|errno) \S/;

/** The line has a word of failure. */
const TELLING =
  /^npm ERR!|\b(?:error|fatal|fail|fails|failed|failing|failure|refused|denied|rejected|cannot|could not|unable to|invalid|mismatch|missing|no such|unreachable|timed out|killed|aborted|out of memory|panic)\b/i;

/** A count of failed tests, which is at the end anyway. */
const TALLY = /^\W*(?:Tests?|Test Files|Test Suites|Suites)\b.*\d|^\W*\d+ (?:failed|passed|failing|errors?)\b/i;

/** A line without any of these has no weight. Most have none, and thirty patterns for each line of a long log take time. */
const WORTH_A_LOOK =
  /err|exce|fail|expired|interrupt|exit|refused|panic|fatal|cause|:\d|undefined|cannot|could not|unable|invalid|mismatch|missing|reject|no such|unreachable|timed out|kill|abort|expect|\bgot\b|received|actual|left|right|\*\*\*|curl|not found|denied|no space|fault|illegal|severe|critical|EADDR|ECONN|EHOST|ENET|ETIMED|EAI_|ENOSPC|EACCES|EPERM|ENOENT|EMFILE|EPIPE|^E\s|[✗✕×●]|not ok|\d\) |out of memory/i;

/** 3: it names the error; 2: it names a test or a command that failed; 1: it has a word of failure; 0: none of these. */
export type Weight = 0 | 1 | 2 | 3;

/**
 * How much a line says about a failure.
 * @param before the line before it: in Rust the message follows the line with `panicked at`
 */
export function weightOf(line: string, before = ''): Weight {
  if (/panicked at .*:$/.test(before) && line !== '') return 3;
  if (!WORTH_A_LOOK.test(line) || FINE.test(line)) return 0;
  if (ERRORS.some((pattern) => pattern.test(line))) return 3;
  if (TALLY.test(line)) return 0;
  if (FAILED_TESTS.test(line) || FAILED_COMMAND.test(line)) return 2;
  return TELLING.test(line) ? 1 : 0;
}

/** A count of failures that is not zero: `2 failed`, `1 error`, `3 failing`. */
const COUNT =
  /\b[1-9]\d* (?:failed|failing|failures?|errors?|tests? failed)\b|\b(?:failures|errors|failed)[:=] ?[1-9]/i;

/** The last line that says that something failed, if there is one: an error, a failed test, or a count of them. */
export function failureIn(lines: readonly string[]): string | undefined {
  return lines.findLast((line, i) => COUNT.test(line) || weightOf(line, lines[i - 1]) >= 2);
}

/** It says that something went well. */
const WELL = /\b(?:ok|pass(?:ed|es)?|success(?:ful(?:ly)?)?|succeeded|done)\b|[✓✔√]/i;
/** From so many lines that say so on, and from this part of all lines, one that does not is odd. */
const FEWEST_WELL = 10;
const PART_WELL = 0.8;

/** The indexes of the few lines that do not say, as nearly all others do, that something went well. */
export function oddOnesIn(lines: readonly string[]): number[] {
  const odd = lines.flatMap((line, i) => (WELL.test(line) ? [] : [i]));
  const well = lines.length - odd.length;
  return well >= FEWEST_WELL && well >= lines.length * PART_WELL
    ? odd.filter((i) => /\p{L}/u.test(lines[i] ?? ''))
    : [];
}
