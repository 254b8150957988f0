const SECRET_NAME =
  /token|secret|passw|passphrase|_pwd$|credential|api_?key|access_?key|private_?key|auth(?!or)|signature|_key$/i;
/** Shorter values (`1`, `true`, `yes`) are in every text, and no secrets. */
const SHORTEST_SECRET = 6;
const LONGEST = 300;
/** The patterns below look back and forth: on a megabyte, which a check may answer with, they would take minutes. */
const MOST_READ = 2_000;

/**
 * Evidence as it may be shown: one line of at most 300 characters, without the password of a URL, the values of queries and headers
 * whose names say that they are secret, and the values of environment variables that are named so.
 */
export function redact(text: string, env: Env): string {
  const oneLine = withoutVariables(text.slice(0, MOST_READ), env)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .replace(/[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ');
  const line = withoutPatterns(oneLine).trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** A command as it may be shown: word for word, but for secrets, also where the option is one word and its value the next. */
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

/** Longest first: of two secrets of which one begins with the other nothing is left over. */
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
