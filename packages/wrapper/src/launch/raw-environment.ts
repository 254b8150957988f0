import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';

/** What Node.js puts in the place of bytes that are not UTF-8. */
const REPLACEMENT = '\uFFFD';

/** Node.js lists a variable with such a name, and does not find its value (until version 22). */
const NUMBER = /^\d+$/;

/** A variable as it was given to this process: `name` as Node.js reads it, and the bytes of `NAME=value`. */
export interface RawVariable {
  readonly name: string;
  readonly bytes: Buffer;
}

// Why: contributing/decisions/2026-11-29-bytes-that-are-not-utf8.md
/**
 * The variables that `process.env` does not have as they were given, with their bytes: those that are not UTF-8, and those with a number
 * for a name. A variable that was changed since this process began is not among them. Linux only; elsewhere such bytes are lost when Node.js reads them.
 */
export function rawVariables(env: Readonly<Record<string, string | undefined>>): RawVariable[] {
  const names = new Set(Reflect.ownKeys(env).map(String)); // with names that Node.js lists, but whose values it cannot look up
  const isLost = (name: string): boolean => env[name] === undefined && NUMBER.test(name);
  if (![...names].some((name) => `${name}${env[name]}`.includes(REPLACEMENT) || isLost(name))) return []; // nearly always: nothing is read
  return firstOfEachName(readEnvironment()).filter(({ name, bytes }) => {
    const isAsGiven = env[name] === undefined ? names.has(name) : `${name}=${env[name]}` === bytes.toString('utf8');
    return isAsGiven && (!isUtf8(bytes) || isLost(name));
  });
}

/** As getenv(3) reads it. */
function firstOfEachName(variables: readonly RawVariable[]): RawVariable[] {
  const first = new Map<string, RawVariable>();
  for (const variable of variables) {
    const name = variable.bytes.toString('latin1').split('=', 1)[0] ?? '';
    if (!first.has(name)) first.set(name, variable);
  }
  return [...first.values()];
}

function readEnvironment(): RawVariable[] {
  try {
    return parseEnvironment(readFileSync('/proc/self/environ'));
  } catch {
    return [];
  }
}

/** Splits the text of /proc/<pid>/environ. */
export function parseEnvironment(text: Buffer): RawVariable[] {
  const variables: RawVariable[] = [];
  for (let start = 0; start < text.length; ) {
    const zero = text.indexOf(0, start);
    const bytes = text.subarray(start, zero < 0 ? undefined : zero);
    const equals = bytes.indexOf('=');
    if (equals > 0) variables.push({ name: bytes.subarray(0, equals).toString('utf8'), bytes });
    start += bytes.length + 1;
  }
  return variables;
}
