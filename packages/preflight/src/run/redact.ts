const SECRET_NAME =
  /token|secret|passw|passphrase|_pwd$|credential|api_?key|access_?key|private_?key|auth(?!or)|signature|_key$/i;
/** Shorter values (`1`, `true`, `yes`) are no secrets, and occur in any text. */
const SHORTEST_SECRET = 6;
const LONGEST = 300;
/** The patterns below backtrack. On a megabyte, which a check may return, they would take minutes. */
const MOST_READ = 2_000;

/**
 * Makes evidence safe to show: one line of at most 300 characters. It removes passwords in URLs, values of query parameters, options and
 * headers with secret names, and values of environment variables with secret names. Pure.
 */
export function redact(text: string, env: Env): string {
  const oneLine = withoutVariables(text.slice(0, MOST_READ), env)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are removed here
    .replace(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ');
  const line = withoutPatterns(oneLine).trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** Makes a command safe to show: its words without secrets, also where an option is one word and its secret value the next. Pure. */
export function redactArgv(argv: readonly string[], env: Env): string[] {
  return argv.map((word, i) => {
    const [, option = ''] = /^--?([A-Za-z][\w-]*)$/.exec(argv[i - 1] ?? '') ?? [];
    if (SECRET_NAME.test(option.replaceAll('-', '_')) && !word.startsWith('-')) return '***';
    const isLong = word.length > MOST_READ;
    return `${withoutPatterns(withoutVariables(word.slice(0, MOST_READ), env))}${isLong ? '…' : ''}`;
  });
}

type Env = Readonly<Record<string, string | undefined>>;

function withoutPatterns(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@?#]+@/gi, '$1***@')
    .replace(/([?&;#])([^\s=&;#?]+)=[^\s&;#]*[^\s&;#:]/g, (whole, mark: string, name: string) =>
      isSecretParameter(name) ? `${mark}${name}=***` : whole,
    )
    .replace(/(^|\s)(--?[A-Za-z][\w-]*)([= ])([^\s-]\S*)/g, (whole, before: string, name: string, mark: string) =>
      isSecretParameter(name.replaceAll('-', '_')) ? `${before}${name}${mark}***` : whole,
    )
    .replace(/\b(Bearer|Basic|Token) [A-Za-z0-9+/=._~-]{6,}/gi, '$1 ***');
}

function isSecretParameter(name: string): boolean {
  return SECRET_NAME.test(name) || /^(?:-{0,2}|_{0,2})(?:key|sig|pw|pwd|user)$/i.test(name);
}

/** The longest value goes first: if one secret begins with another, no rest of it is left. */
function withoutVariables(text: string, env: Env): string {
  return Object.entries(env)
    .flatMap(([name, value = '']) =>
      SECRET_NAME.test(name) && value.length >= SHORTEST_SECRET
        ? [value, encodeURIComponent(value)].map((form) => ({ name, form }))
        : [],
    )
    .sort((a, b) => b.form.length - a.form.length)
    .reduce((shown, { name, form }) => shown.replaceAll(form, `$${name}`), text);
}
