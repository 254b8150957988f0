/** What kind of error a line tells, as far as its words show. Both are guesses; a line may be neither, and is never both. */

const CODE = new RegExp(
  [
    String.raw`\b(?:Assertion|Key|Type|Name|Reference|Syntax|Indentation|Tab|Attribute|Value|Index|ZeroDivision|Range|Recursion|NotImplemented|UnboundLocal|Unicode\w*|Lookup|Arithmetic|Overflow|NoMethod|Argument|Eval|Zod|Validation|Compil\w*)Error\b`,
    String.raw`\b(?:NullPointer|NullReference|\w*IndexOutOf\w*|IllegalArgument|IllegalState|ClassCast|NumberFormat|Arithmetic|Unsupported\w*|InvalidCast|AssertionFailed\w*)(?:Exception|Error)?\b`,
    String.raw`\berror(?:\[E\w+\]| (?:TS|CS|FS|C|LNK)(?:\d|#))`, // rustc, tsc, dotnet, msvc
    String.raw`\.\w{1,6}[:(](?:\d+|#)\S{0,20} (?:fatal )?error\b`, // main.c:3:5: error: …
    String.raw`\.(?:go|rs|java|kt|c|cc|cpp|h|hpp|m|swift|cs|zig):(?:\d+|#)(?::(?:\d+|#))?: `,
    String.raw`\bpanicked at\b|\bpanic: (?!.*\b(?:dial|connection)\b)`,
    String.raw`\bassert(?:ion)?s?\b|^\W*FAIL(?:ED)?\b|--- FAIL|^\s*[✗✕✖✘×●]`,
    String.raw`\bexpect(?:ed)?\b.*\b(?:to|but|got|received|found|be)\b|\bexpect\(`,
    String.raw`\b(?:is not (?:defined|a function|assignable|iterable|callable)|has no attribute|cannot find symbol|undefined (?:reference|symbol|method)|mismatched types|undeclared|unexpected token|(?:parse|syntax) error|Cannot read propert)`,
  ].join('|'),
  'iu',
);

const ENVIRONMENT =
  /\bE(?:CONN\w+|HOSTUNREACH|NETUNREACH|NETDOWN|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE|ADDRINUSE|NOSPC|DQUOT|ROFS|IO|MFILE|NFILE|NOMEM|BUSY)\b|\b(?:connection|connect) (?:was |is )?(?:refused|reset|aborted|closed|lost|timed? ?out)|(?:failed|could not|cannot|unable) to (?:connect|resolve)|could not (?:connect|resolve)|\bno route to host|unreachable|name resolution|resolve host|name or service not known|no such host|timed out|\btimeout\b|no space left|disk quota|read-only file system|too many open files|resource temporarily unavailable|address already in use|out of memory|cannot allocate memory|service unavailable|bad gateway|gateway time-?out|too many requests|rate limit|cannot connect to the docker daemon|certificate|TLS handshake|\bHTTP(?:\/[\d.]+)? (?:429|5\d\d)\b/i;

/** The line tells an error of the code or a failed test: an edit mends it, and waiting does not. */
export function isCodeError(line: string): boolean {
  return CODE.test(line) && !line.endsWith('TypeError: fetch failed'); // what Node.js says of any failed connection
}

/** The line tells that something outside of the work failed: the network, a disk, memory, a service. */
export function isEnvironmentError(line: string): boolean {
  return ENVIRONMENT.test(line) && !isCodeError(line);
}
