import { parseArgs } from 'node:util';
import { usageError } from '../call/cli-error.ts';

export interface WebOptions {
  readonly port: number | undefined;
  readonly readOnly: boolean;
  readonly open: boolean;
  readonly json: boolean;
}

/** The options of `pm web`. @throws a CliError of code `usage` */
export function webOptions(args: readonly string[], invocation: string): WebOptions {
  const help = `${invocation} web --help`;
  try {
    const flag = { type: 'boolean' } as const;
    const options = { port: { type: 'string' }, 'read-only': flag, open: flag, json: flag } as const;
    const { values } = parseArgs({ args: [...args], options });
    const { port, open = false, json = false } = values;
    if (port !== undefined && !isPort(port)) throw new Error(`--port takes a number from 0 to 65535, not ${port}`);
    return { port: port === undefined ? undefined : Number(port), readOnly: values['read-only'] ?? false, open, json };
  } catch (error) {
    throw usageError(`pm web: ${(error as Error).message.split('\n')[0]}`, help);
  }
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}
