import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PmError } from '@pm/protocol';
import { bytesOf, textOf } from './byte-text.ts';
import type { Edit } from './file-change.ts';
import type { Asked, HostSetup } from './hosts.ts';
import { bytesAt } from './replace-file.ts';
import { isServerCommand, wordsOf } from './server-command.ts';
import { whyKept, withBlock, withoutBlock } from './text-block.ts';

type Toml = NonNullable<HostSetup['toml']>;

/**
 * A TOML file with our block at its end, or without it. It is parsed before and after: everything else has to mean what it meant.
 * @throws PmError `usage` if it is not valid TOML, or has another server of our name
 */
export async function tomlEdit(
  { file: name, table, lines }: Toml,
  home: string,
  remove: boolean,
  asked: Asked | undefined,
): Promise<Edit> {
  const file = join(home, name);
  const before = bytesAt(file);
  const current = await parsedToml(file, before);
  const outside = await parsedToml(file, withoutBlock(before, 'toml').text);
  const bytes = bytesOf(asked === undefined ? '' : lines(asked));
  const { text, change } = remove ? withoutBlock(before, 'toml') : withBlock(before, bytes, 'toml');
  if (remove || change === 'edited') return { file, before, after: text, ...whyKept(change, remove) };
  const [servers, own] = table;
  const others = (outside[servers] ?? {}) as Record<string, unknown>;
  const [twin] = Object.entries(others).find(([, value]) => isServerCommand(wordsOf(value))) ?? [];
  if (twin !== undefined) return { file, before, after: before, why: `the server is registered already, as ${twin}` };
  if (own in others)
    throw new PmError(
      'usage',
      `${file} has another server of the name ${own}: [${servers}.${own}]. Nothing was written.`,
      'Give that server another name, or remove it; then make the same call again.',
    );
  const after = await parsedToml(file, text, `[${servers}.${own}] cannot be added at its end`);
  const { [own]: _, ...rest } = (after[servers] ?? {}) as Record<string, unknown>;
  const { [own]: __, ...was } = (current[servers] ?? {}) as Record<string, unknown>;
  if (!isDeepStrictEqual({ ...after, [servers]: rest }, { ...current, [servers]: was }))
    throw new PmError(
      'usage',
      `${file} would mean something else with our lines. Nothing was written.`,
      'Add the lines by hand.',
    );
  return { file, before, after: text, ...whyKept(change, remove) };
}

async function parsedToml(file: string, text = '', what = 'it is not valid TOML'): Promise<Record<string, unknown>> {
  const { parse } = await import('smol-toml');
  try {
    return parse(textOf(text).replace(/^\uFEFF/, ''));
  } catch (error) {
    const [why = ''] = (error as Error).message.split('\n');
    const { line, column } = error as { line?: number; column?: number };
    throw new PmError(
      'usage',
      `${file} cannot be changed: ${what} (${why}${line === undefined ? '' : `, line ${line}, column ${column}`}). Nothing was written.`,
      'Correct the file, then make the same call again.',
    );
  }
}
