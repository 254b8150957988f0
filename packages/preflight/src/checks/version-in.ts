const DOTTED = String.raw`\d+(?:\.\d+)+(?:-[0-9A-Za-z.-]+)?`;
/** What programs say before their version: warnings, offers of an update, options that they picked up. */
const NOISE =
  /^\W*(?:(?:npm )?warn|notice|note\b|info\b|error|deprecat|picked up|hint|update|a new |new )|licen[cs]e|agreement|\? *$/i;
/** A program that waits for an agreement shows its licence instead of its version. */
const ASKS =
  /\b(?:accept|agree)\b.*\b(?:licen[cs]e|terms|agreement)|\b(?:licen[cs]e|terms|agreement)\b.*\b(?:accept|agree)|\[y(?:es)?\/n(?:o)?\]/i;

/**
 * The version in what a program printed with exit code 0: `Python 3.11.2`, `openjdk version "21.0.4"`, `go1.22.5`, `590`; undefined if
 * there is none. A wrapper may print the version of something else first, so these come first: a line that begins with the name of the
 * program, a line that is only a version, `<name> version <number>`, then the first number that is not in a warning. A number without a
 * dot is the last choice. Pure.
 * @param command the name or path that was called: `python3.12` names itself `Python`
 * @param streams stdout, then stderr: java prints its version to stderr
 */
export function versionIn(command: string, streams: readonly [stdout: string, stderr: string]): string | undefined {
  if (ASKS.test(streams.join('\n'))) return undefined;
  const [, name = ''] = /([^/]*?)[\d.]*$/.exec(command) ?? [];
  const own = name === '' ? /(?!)/ : new RegExp(`^\\W*${name.replace(/[^\w]/g, '\\$&')}\\b`, 'i');
  for (const pattern of [DOTTED, String.raw`\d+`]) {
    for (const stream of streams) {
      const lines = stream.split(/[\r\n]+/).filter((line) => !NOISE.test(line) || isNamed(line, own, pattern));
      const forms = [
        lines.find((line) => own.test(line) && hasNumber(line, pattern)),
        lines.find((line) => new RegExp(`^\\s*v?(?:${pattern})\\s*$`).test(line)),
        lines.find((line) => new RegExp(`^\\s*\\S+ version "?v?(?:${pattern})`).test(line)),
        lines.find((line) => hasNumber(line, pattern)),
      ];
      const line = forms.find((one) => one !== undefined);
      if (line !== undefined) return new RegExp(pattern).exec(withoutName(line, command))?.[0];
    }
  }
  return undefined;
}

/** `bat 0.24.0 (MIT license)` is an answer, although it mentions a licence. */
function isNamed(line: string, own: RegExp, pattern: string): boolean {
  return new RegExp(`^[ ,v(]*(?:version )?(?:${pattern})`).test(line.replace(own, '\0').split('\0')[1] ?? '');
}

function hasNumber(line: string, pattern: string): boolean {
  return new RegExp(pattern).test(line);
}

/** `python3.12 is 3.12.1`: the digits of the name are no answer, unless they are all there is. */
function withoutName(line: string, command: string): string {
  const base = command.slice(command.lastIndexOf('/') + 1);
  const rest =
    /\d/.test(base) && line.toLowerCase().startsWith(`${base.toLowerCase()} `) ? line.slice(base.length) : line;
  return /\d/.test(rest) ? rest : line;
}
