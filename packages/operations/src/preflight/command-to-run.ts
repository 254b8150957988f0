import { type PreparedCheck, shebang } from '@pm/preflight';
import * as z from 'zod/mini';

/** What every start does first and for nothing: its command is there, executable, and so is the interpreter of its shebang. */
export function commandToRun({ argv, cwd }: { readonly argv: readonly string[]; readonly cwd: string }): PreparedCheck {
  const options = { command: argv[0] ?? '' };
  return {
    check: {
      id: 'command',
      title: 'its command can be run',
      options: z.unknown(),
      fromText: (text) => text,
      inspect: (_, place, signal) => shebang.inspect(options, { ...place, cwd }, signal),
      remedies: (_, place, signal) => shebang.remedies?.(options, { ...place, cwd }, signal) ?? [],
    },
    options: { argv, cwd },
  };
}
