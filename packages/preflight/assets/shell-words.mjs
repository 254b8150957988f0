// Words of shell scripts that installers of Python write: console scripts, and the activate files of virtual environments.
// mend-venv.mjs runs from this folder, and the checks import this file too.

/** One word of sh, csh or fish, as it is written: quoted, partly quoted or plain. */
const WORD = String.raw`(?:'[^'\n]*'|"[^"\n]*"|\\[^\n]|[^\s'"\\;()&|])+`;
const DECLARED =
  /(?:\bVIRTUAL_ENV(?:=| +)(?:\$\(cygpath +)?|\b_virtualenv_dir *= *|\bvirtual_env = )(?=[/'"\\])(.*)$/gm;
/** A raw string of nushell: nothing in it is quoted. */
const RAW = /\bvirtual_env = r#'(.*)'#/g;
const HEAD = new RegExp(`^'''exec' (${WORD}) "\\$0"`);

/** What a word means; undefined if the shell would have to compute it. */
export function literalOf(word) {
  const isComputed = /[$`]/.test(word.replace(/'[^']*'|"[^"$`]*"|\\./g, ''));
  return isComputed
    ? undefined
    : word.replace(/'([^']*)'|"([^"]*)"|\\(.)/g, (_, single, double, one) => single ?? double ?? one);
}

/** The interpreter in the second line of a script that /bin/sh starts: `'''exec' '/a b/python' "$0" "$@"`. */
export function interpreterOf(line) {
  const [, word] = HEAD.exec(line) ?? [];
  return word === undefined ? undefined : literalOf(word);
}

/** The folders that an activate file sets VIRTUAL_ENV to; without those that it computes. csh needs a backslash before `!`. */
export function homesIn(text) {
  const declared = [...text.matchAll(DECLARED)].map(([, rest]) => homeIn(rest));
  const homes = [...declared, ...[...text.matchAll(RAW)].map(([, home]) => home)];
  return [...new Set(homes.map((home) => home?.replaceAll('\\!', '!')))].filter((home) => home?.startsWith('/'));
}

/** uv before 0.4 does not escape a quote: `'/home/o'brien/.venv'` is no word, and is read as it was meant. */
function homeIn(rest) {
  const [, word] = new RegExp(`^(${WORD})(?:[\\s;)#]|$)`).exec(rest) ?? [];
  return word === undefined ? /^'(\/.*)'\s*$/.exec(rest)?.[1] : literalOf(word);
}

/**
 * An activate file with another folder in all places of the old one, quoted as its shell needs it.
 * @param name the name of the file: `activate`, `activate.fish`
 */
export function withHome(text, name, old, home) {
  const quoted = quotedFor(name, home);
  const isPlain = /^[\w@%+=:,./-]+$/.test(home);
  const isQuotable = /^[\w@%+=:,./ -]+$/.test(home);
  const literals = new Set([
    quotedFor('activate.csh', old),
    `r#'${old}'#`,
    ...[`'"'"'`, `'\\''`, "'"].map((quote) => `'${old.replaceAll("'", quote)}'`),
  ]);
  const singled = [...literals].reduce((all, literal) => all.replaceAll(literal, () => quoted), text);
  const doubled = singled.replaceAll(`"${old}"`, () => (isQuotable ? `"${home}"` : quoted));
  const bare = new RegExp(`(?<=[\\s=])${old.replace(/[^\w]/g, '\\$&')}(?=[\\s;)]|$)`, 'gm');
  return doubled.replace(bare, () => (isPlain ? home : quoted));
}

/** A path between quotes. csh replaces `!` even there. */
export function quotedFor(name, path) {
  if (name.endsWith('.nu')) return path.includes("'") ? `r#'${path}'#` : `'${path}'`;
  if (name.endsWith('.xsh')) return JSON.stringify(path);
  const single = `'${path.replaceAll("'", `'"'"'`)}'`;
  return name.endsWith('.csh') ? single.replaceAll('!', '\\!') : single;
}
