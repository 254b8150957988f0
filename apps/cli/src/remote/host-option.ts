import { usageError } from '../call/cli-error.ts';
import { isVerb, VERBS } from '../call/verbs.ts';

/** A call for another host: its words without the option. */
export interface HostCall {
  readonly host: string;
  readonly argv: readonly string[];
}

// Why: contributing/decisions/2026-11-29-another-host-by-ssh.md
/**
 * Takes `--host` out of a call. It stands before the verb or after it, but never behind `--`. `pm init` has an option of this name, and
 * in `pm start vite --host 0.0.0.0` the dashes are missing before a command that has one.
 * @returns undefined if the call has no `--host` of pm
 * @throws a CliError of code `usage` if the host is missing, or named twice
 */
export function takeHost(argv: readonly string[], invocation: string): HostCall | undefined {
  const at = placeOf(argv);
  if (at < 0 || !isOfPm(argv, at)) return undefined;
  const word = argv[at] ?? '';
  const isInline = word.startsWith('--host=');
  const host = isInline ? word.slice('--host='.length) : argv[at + 1];
  const next = `${invocation} --host user@gpu ls`;
  if (host === undefined || (!isInline && (host === '--' || host.startsWith('--'))))
    throw usageError('--host needs a host', next);
  const rest = argv.toSpliced(at, isInline ? 1 : 2);
  if (takeHost(rest, invocation) !== undefined) throw usageError('--host is given twice', next);
  return { host, argv: rest };
}

function placeOf(argv: readonly string[]): number {
  const dashes = argv.indexOf('--');
  return argv.slice(0, dashes < 0 ? undefined : dashes).findIndex((word) => /^--host(?:=|$)/.test(word));
}

function isOfPm(argv: readonly string[], at: number): boolean {
  const [verb = ''] = argv;
  if (at === 0 || verb === 'top' || verb === 'web') return true;
  if (!isVerb(verb) || verb === 'init') return false;
  const { afterDashes, isCommandRare } = VERBS[verb];
  return at === 1 || afterDashes === undefined || isCommandRare === true || argv.includes('--');
}
