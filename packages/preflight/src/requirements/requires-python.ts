type Version = readonly number[];

/**
 * Whether a version of Python is in a range such as `>=3.11,<3.14`, `==3.12.*` or `~=3.11` (PEP 440). A range of `3.13` includes all of
 * its patch versions. Undefined if the range has something that is not supported: pre-releases, epochs, `===`.
 */
export function isInRange(version: string, range: string): boolean | undefined {
  const at = numbersOf(version);
  if (at === undefined) return undefined;
  const answers = range.split(',').map((one) => isIn(at, one.trim()));
  return answers.includes(undefined) ? undefined : answers.every(Boolean);
}

function isIn(at: Version, one: string): boolean | undefined {
  const [, operator = '', text = '', any] = /^(>=|<=|==|!=|~=|>|<|)\s*(\d+(?:\.\d+)*)(\.\*)?$/.exec(one) ?? [];
  const wanted = numbersOf(text);
  if (wanted === undefined || (any !== undefined && operator !== '==' && operator !== '!=')) return undefined;
  const begins = compare(at.slice(0, wanted.length), wanted) === 0;
  const order = compare(at, wanted);
  switch (operator) {
    case '':
      return begins;
    case '>=':
      return order >= 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '<':
      return order < 0;
    case '==':
      return any === undefined ? order === 0 : begins;
    case '!=':
      return any === undefined ? order !== 0 : !begins;
    default: // ~=3.11 is >=3.11, ==3.*
      if (wanted.length < 2) return undefined;
      return order >= 0 && compare(at.slice(0, wanted.length - 1), wanted.slice(0, -1)) === 0;
  }
}

/** Undefined for a pre-release: `3.14.0rc1` comes before 3.14, which its numbers do not show. */
function numbersOf(text: string): Version | undefined {
  return /^\d{1,6}(?:\.\d{1,6}){0,5}$/.test(text) ? text.split('.').map(Number) : undefined;
}

/** Missing numbers count as 0: 3.11 is 3.11.0. */
function compare(one: Version, other: Version): number {
  for (let i = 0; i < Math.max(one.length, other.length); i += 1) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Files that say which Python a project needs, and how each says it. */
const DECLARED: readonly (readonly [file: string, table: string, key: string])[] = [
  ['pyproject.toml', 'project', 'requires-python'],
  ['pyproject.toml', 'tool\\.poetry\\.dependencies', 'python'],
  ['setup.cfg', 'options', 'python_requires'],
  ['Pipfile', 'requires', 'python_version'],
];

/**
 * The range of Python that the files of a folder ask for, in the form of PEP 440: that of pyproject.toml, of Poetry, of setup.cfg or of a
 * Pipfile. Undefined if none of them has it as a plain text on one line, or Poetry's form has no equal: `^3.9 || ^3.11`. Pure but for `read`.
 * @param read the text of a file in the folder; undefined if there is none
 */
export function requiresPythonOf(read: (file: string) => string | undefined): string | undefined {
  for (const [file, name, key] of DECLARED) {
    const table = new RegExp(`^[ \\t]*\\[${name}\\][ \\t]*(?:#.*)?$([\\s\\S]*?)(?=^[ \\t]*\\[|(?![\\s\\S]))`, 'm');
    const [, inside = ''] = table.exec(read(file) ?? '') ?? [];
    const [, quote = '', text = ''] = new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*(["']?)(.*)$`, 'm').exec(inside) ?? [];
    const range = quote === '' ? text.trim() : text.slice(0, text.indexOf(quote));
    if (range === '' || (quote === '' && file !== 'setup.cfg')) continue;
    return key === 'python' ? poetryRange(range) : range;
  }
  return undefined;
}

/** `^3.11` is `>=3.11,<4`, `~3.11` is `>=3.11,<3.12`, `3.11` is `==3.11`. */
function poetryRange(text: string): string | undefined {
  const [, operator, version = ''] = /^([\^~])\s*(\d+(?:\.\d+)*)$/.exec(text) ?? [];
  const [major = 0, minor] = version.split('.').map(Number);
  const isMinor = operator === '~' && minor !== undefined;
  const next = isMinor ? `${major}.${minor + 1}` : `${major + 1}`;
  const range = operator === undefined ? text : `>=${version},<${next}`;
  return isInRange('3.12.0', range) === undefined ? undefined : range;
}
