import type { MarkerEnvironment } from './installed-package.ts';
import { isInRange } from './requires-python.ts';

/** True, false, or undefined if it depends on something that is not known: an extra, an operator without a meaning here. */
type Truth = boolean | undefined;

const TOKEN = /\s*(?:('[^']*'|"[^"]*")|(<=|>=|===|==|~=|!=|<|>)|([()])|([A-Za-z_][\w.]*))/y;
const VERSIONS = /^(?:python_version|python_full_version|implementation_version)$/;
/** Names of before PEP 508. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};

/**
 * Whether a requirement applies to an interpreter: `sys_platform == 'win32' and python_version < '3.11'` (PEP 508). Pure.
 * @returns undefined if that cannot be said, because the marker asks for an extra or is malformed
 */
export function evaluateMarker(marker: string, environment: MarkerEnvironment): Truth {
  const tokens = tokensOf(marker);
  if (tokens === undefined) return undefined;
  const parser = { tokens, at: 0 };
  const truth = either(parser, environment);
  return parser.at === tokens.length ? truth : undefined;
}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  const rest = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < rest.length) {
    const token = TOKEN.exec(rest)?.[0];
    if (token === undefined) return undefined;
    tokens.push(token.trim());
  }
  return tokens;
}

function either(parser: Parser, environment: MarkerEnvironment): Truth {
  const truths = [both(parser, environment)];
  while (takes(parser, 'or')) truths.push(both(parser, environment));
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}

function both(parser: Parser, environment: MarkerEnvironment): Truth {
  const truths = [one(parser, environment)];
  while (takes(parser, 'and')) truths.push(one(parser, environment));
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

function one(parser: Parser, environment: MarkerEnvironment): Truth {
  if (takes(parser, '(')) {
    const truth = either(parser, environment);
    return takes(parser, ')') ? truth : undefined;
  }
  const left = next(parser);
  const operator = takes(parser, 'not') ? `not ${next(parser)}` : next(parser);
  return compare(left, operator, next(parser), environment);
}

const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function compare(left: string, operator: string, right: string, environment: MarkerEnvironment): Truth {
  if (isText(left) && !isText(right) && !/in$/.test(operator))
    return compare(right, FLIPPED[operator] ?? operator, left, environment);
  const [one, other] = [literalOrVariable(left, environment), literalOrVariable(right, environment)];
  if (one === undefined || other === undefined) return undefined;
  if (VERSIONS.test(left)) return compareVersions(one, operator, other);
  switch (operator) {
    case '==':
    case '===':
      return one === other;
    case '!=':
      return one !== other;
    case 'in':
      return other.includes(one);
    case 'not in':
      return !other.includes(one);
    default:
      return undefined;
  }
}

/** A pre-release of Python counts as its release: what is installed for `3.14.0rc1` is what 3.14 gets. */
function compareVersions(version: string, operator: string, wanted: string): Truth {
  const [release = ''] = /^\d+(?:\.\d+)*/.exec(version) ?? [];
  if (operator === 'in' || operator === 'not in')
    return wanted.split(/[\s,|]+/).includes(release) === (operator === 'in');
  const [bare = wanted] = /^\d+(?:\.\d+)*(?:\.\*)?/.exec(wanted) ?? [];
  return isInRange(release, `${operator === '===' ? '==' : operator}${bare}`);
}

function literalOrVariable(token: string, environment: MarkerEnvironment): string | undefined {
  return isText(token) ? token.slice(1, -1) : environment[OLD_NAMES[token] ?? token];
}

function isText(token: string): boolean {
  return /^['"]/.test(token);
}

function takes(parser: Parser, token: string): boolean {
  if (parser.tokens[parser.at] !== token) return false;
  parser.at += 1;
  return true;
}

function next(parser: Parser): string {
  const token = parser.tokens[parser.at] ?? '';
  parser.at += 1;
  return token;
}
