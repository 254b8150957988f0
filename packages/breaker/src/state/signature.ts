import { isCodeError } from './error-kind.ts';

/** An address that cannot be reached is the cause of later errors, but not of an error of the code. */
const NETWORK = /\bE(?:CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN)\b/;
/** The kind of an error, as most languages print it. */
const NAMED = /\b[A-Z]\w*(?:Error|Exception)\b|\bE[A-Z]{4,}\b/;
/** Words that say that something went wrong. */
const TELLING =
  /\b(?:error|fatal|panic(?:ked)?|failed|failure|refused|denied|cannot|not found|no such|unreachable|timed out|killed|abort(?:ed)?|out of memory)\b/i;

/** A count of failed tests says nothing about the cause. */
const TALLY = /^\W*(?:tests?:?\s+)?\d+ (?:failed|passed|failing|errors?)\b/i;

const MOST_CHARACTERS = 120;

/**
 * The line that names the error, without what differs from one failure to the next (times, pids, hashes, temporary paths). Two failures
 * of the same cause have the same signature. Pure. Hosts with their ports stay, because they are the cause: `ECONNREFUSED 127.0.0.1:8123`.
 * @param lines the last lines of a log, or the error message of a script
 * @returns at most 120 characters; undefined if no line has a letter
 */
export function signatureOf(lines: string): string | undefined {
  const all = lines.split('\n').filter((line) => /[A-Za-z]/.test(line));
  const candidates = all.filter((text) => !TALLY.test(text));
  const afterCode = candidates.slice(candidates.findLastIndex(isCodeError) + 1);
  const network = afterCode.findLast((text) => NETWORK.test(text));
  const best = [NAMED, TELLING].map((kind) => candidates.findLast((text) => kind.test(text)));
  const line = network ?? best.find((text) => text !== undefined) ?? all.at(-1);
  if (line === undefined) return undefined;
  const address = /\bE(?:CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|AI_AGAIN)\b[^,;)]*/.exec(network ?? '')?.[0];
  const text = withoutVariety(address ?? line);
  return text === '' ? undefined : text.slice(0, MOST_CHARACTERS);
}

function withoutVariety(line: string): string {
  const kept: string[] = [];
  return (
    line
      // Addresses are replaced by marks before numbers are removed.
      .replace(/\b(?:(?:\d{1,3}(?:\.\d{1,3}){3}|[a-z][\w.-]*|\[[\da-f:]+\]):|port )\d{2,5}\b(?!:)/gi, (address) => {
        if (/\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|sh|c|cc|cpp|h|php):\d+$/i.test(address)) return address; // a line of a source file
        return `\uE000${kept.push(address) - 1}\uE000`;
      })
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?/g, '')
      .replace(/\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b/g, '')
      .replace(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '*')
      .replace(/\b\d{8}T\d{9}Z-[\da-z]{10}\b/g, '*') // a run id
      .replace(/(?:\/(?:private\/)?(?:var\/)?tmp|\/var\/folders|\/dev\/shm)\/[^\s'"`:,)]+/g, '/tmp/*')
      .replace(/\b0x[\da-f]+\b/gi, '*')
      .replace(/\b(?=[\da-f]*\d)(?=[\da-f]*[a-f])[\da-f]{7,64}\b/gi, '*') // a commit, a hash
      .replace(/\d+(?:[.,]\d+)*/g, (digits, at: number, all: string) => (isKept(all, at) ? digits : '#'))
      .replace(/\uE000(\d+|#)\uE000/g, (_, index) => kept[Number(index)] ?? '')
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/^[[\]().,:;|-]+\s*/, '')
  );
}

/** Kept are the index between two marks (a character that no log has) and a number within a name (`utf8`, `E2E`). */
function isKept(all: string, at: number): boolean {
  return /[\uE000A-Za-z_]/.test(all[at - 1] ?? ' ');
}
