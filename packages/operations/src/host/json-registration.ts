import { isDeepStrictEqual } from 'node:util';
import { PmError } from '@pm/protocol';
import type { Edit } from './file-change.ts';
import type { Asked, Entry } from './hosts.ts';
import { entryAt, newFile, withEntry, withoutEntry } from './json-entry.ts';
import { isServerCommand, wordsOf } from './server-command.ts';

type Changed = Pick<Edit, 'after' | 'why'>;

/**
 * A JSON file with our entry. One that the user has changed, or that names our server otherwise, stays as it is.
 * @throws PmError `usage` if the file cannot be read, or has another server of our name
 */
export function withOurs(
  entry: Entry,
  file: string,
  text: string | undefined,
  value: unknown,
  asked: Asked | undefined,
): Changed {
  const { path, root, isLenient, isServer } = entry;
  if (text === undefined) return { after: newFile(path, value, root) };
  const json = { file, text, isLenient };
  const twin = isServer ? otherNameOf(entry, json) : undefined;
  if (twin !== undefined) return { after: text, why: `the server is registered already, as ${twin}` };
  const found = entryAt(json, path);
  if (found === undefined) return { after: withEntry(json, path, value, root) };
  if (isDeepStrictEqual(found.value, value)) return { after: text, why: 'it has this entry already' };
  const place = `"${path.join('.')}" in line ${found.line}`;
  if (isServer && !isServerCommand(wordsOf(found.value)))
    throw new PmError(
      'usage',
      `${file} has another server of the name pm: ${place}. Nothing was written.`,
      'Give that server another name, or remove it; then make the same call again.',
    );
  const left =
    asked !== undefined && isOneOfOurs(entry, found.value, asked) ? withoutEntry(json, path, root) : 'edited';
  if (left === 'gone') return { after: newFile(path, value, root) };
  if (left !== 'edited') return { after: withEntry({ ...json, text: left.text }, path, value, root) };
  return {
    after: text,
    why: isServer
      ? `${place} has settings of its own`
      : `${place} is yours; ${asked && entry.instead ? entry.instead(asked) : `add ${JSON.stringify(value)} to it`}`,
  };
}

/** The file without our entry, unless somebody has changed it. */
export function withoutOurs(entry: Entry, file: string, text: string | undefined): Changed {
  if (text === undefined) return { after: undefined };
  const { path, root, isLenient } = entry;
  const json = { file, text, isLenient };
  const found = entryAt(json, path);
  if (found === undefined) return { after: text };
  const place = `"${path.join('.')}" in line ${found.line}`;
  if (!isOneOfOurs(entry, found.value, undefined))
    return { after: text, why: `${place} is not what pm writes; remove it by hand` };
  const left = withoutEntry(json, path, root);
  if (left === 'edited') return { after: text, why: `somebody has changed the text of ${place}; remove it by hand` };
  return { after: left === 'gone' ? undefined : left.text };
}

/** The value of our entry in a file; undefined if there is none, or it is not what we write. */
export function valueOfOurs(entry: Entry, file: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  const found = entryAt({ file, text, isLenient: entry.isLenient }, entry.path);
  return found !== undefined && isOneOfOurs(entry, found.value, undefined) ? found.value : undefined;
}

/** Whether we have written this value, for this server or for one at another place, with trust or without. */
function isOneOfOurs({ value, isServer, isOurs }: Entry, found: unknown, asked: Asked | undefined): boolean {
  if (isOurs !== undefined) return isOurs(found);
  const words = wordsOf(found);
  if (isServer && !isServerCommand(words)) return false;
  const [command = 'pm-mcp', ...args] = isServer ? (words as string[]) : (asked?.server ?? []);
  const both = [true, false] as const;
  return both.some((yes) =>
    both.some((isOnPath) =>
      isDeepStrictEqual(
        value({ server: [command, ...args], trust: yes, notify: yes, isOnPath, statusLine: false, invocation: 'pm' }),
        found,
      ),
    ),
  );
}

/** Another name under which our server is registered. */
function otherNameOf({ path: [parent, own] }: Entry, json: Parameters<typeof entryAt>[0]): string | undefined {
  const servers = entryAt(json, [parent])?.value;
  if (typeof servers !== 'object' || servers === null) return undefined;
  return Object.entries(servers).find(([name, value]) => name !== own && isServerCommand(wordsOf(value)))?.[0];
}
