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

/** `requires-python` in the `[project]` table of a pyproject.toml; undefined if it is not there as a plain string on one line. */
export function requiresPythonOf(pyproject: string): string | undefined {
  const [, table = ''] = /^[ \t]*\[project\][ \t]*(?:#.*)?$([\s\S]*?)(?=^[ \t]*\[|(?![\s\S]))/m.exec(pyproject) ?? [];
  const [, , range] = /^[ \t]*requires-python[ \t]*=[ \t]*(["'])(.*?)\1/m.exec(table) ?? [];
  return range;
}
