import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PmError } from '@pm/protocol';
import { assetPath } from '../assets.ts';
import type { Context } from '../project/context.ts';
import type { HostChange, InitAnswer } from '../shape/init-answer.ts';
import { type Asked, type Entry, HOSTS, type Host, type HostSetup } from './hosts.ts';
import { entryAt, newFile, withEntry, withoutEntry } from './json-entry.ts';
import { bytesAt, replaceFile, targetOf } from './replace-file.ts';
import { isServerCommand, serverCommand } from './server-command.ts';
import { type BlockChange, withBlock, withoutBlock } from './text-block.ts';

const GUIDANCE = assetPath('assets/guidance.md');

/** What is asked for one host. */
export interface HostRequest {
  readonly host: Host;
  /** The folder of the project. */
  readonly home: string;
  readonly write: boolean;
  readonly remove: boolean;
  readonly trust: boolean;
  readonly notify: boolean;
}

/** A file, what it has now and what it is to have; one character for each byte. */
interface Edit {
  readonly file: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Why something in it stays as it is. */
  readonly why?: string;
}

/**
 * Tells a coding agent how to use this program, and registers our server with it; or takes both back. Everything is worked out before
 * anything is written, and what the user has in these files stays as it is, to the byte.
 * @throws PmError `usage` if a file cannot be read as the host reads it, or has another server of our name; nothing was written then.
 * `directory-unusable` if a file cannot be read or written
 */
export async function setUpHost(request: HostRequest, context: Context): Promise<InitAnswer> {
  const { home, write, remove } = request;
  const setup: HostSetup = HOSTS[request.host];
  const server = serverCommand(context);
  const guidance = await guidanceEdit(request, context);
  const asked = server && { server, trust: request.trust, notify: request.notify };
  const edits = [guidance, ...(asked === undefined && !remove ? [] : await registration(setup, home, remove, asked))];
  const due = edits.filter(({ before, after }) => before !== after);
  if (write) for (const { file, before, after } of due) replaceFile(file, before, after, home);
  const kept = edits.flatMap(({ why }) => why ?? []);
  return {
    file: guidance.file,
    content: textOf(guidance.after),
    written: write && due.length > 0,
    ...(due.length === 0 && { kept: kept.length > 0 ? kept.join('; ') : 'there is nothing of pm in it' }),
    steps: [],
    changes: edits.map(changeOf),
    ...(due.length > 0 && !remove && { notes: notesOf(setup, asked) }),
    next:
      write || due.length === 0
        ? []
        : [{ operation: 'init', input: callOf(request), why: remove ? 'remove it' : 'write it' }],
  };
}

/** The instructions stay as long as another agent that is set up here reads them. */
async function guidanceEdit(request: HostRequest, { invocation = 'pm' }: Pick<Context, 'invocation'>): Promise<Edit> {
  const { host, home, remove } = request;
  const file = join(home, HOSTS[host].guidance);
  const before = bytesAt(file);
  const reader = remove ? await otherReaderOf(file, host, home) : undefined;
  if (reader !== undefined) return { file, before, after: before, why: `${reader} reads it, too` };
  const { text, change } = remove
    ? withoutBlock(before, 'markdown')
    : withBlock(before, guidanceFor(invocation), 'markdown');
  return { file, before, after: text, ...whyOf(change, remove) };
}

function guidanceFor(invocation: string): string {
  const text = readFileSync(GUIDANCE, 'latin1');
  if (invocation === 'pm') return text;
  const heading = text.indexOf('\n') + 1;
  const line = `\n\`pm\` stands for \`${Buffer.from(invocation).toString('latin1')}\` in every call below.\n`;
  return text.slice(0, heading) + line + text.slice(heading);
}

async function otherReaderOf(file: string, host: Host, home: string): Promise<string | undefined> {
  for (const [name, setup] of Object.entries(HOSTS) as [Host, HostSetup][]) {
    if (name === host || targetOf(join(home, setup.guidance)) !== targetOf(file)) continue;
    const edits = await registration(setup, home, true, undefined);
    if (edits.some(({ before, after }) => before !== after)) return name;
  }
  return undefined;
}

function whyOf(change: BlockChange, remove: boolean): { why?: string } {
  if (change === 'edited')
    return {
      why: `somebody has changed the block of pm in it; remove the block by hand${remove ? '' : ' to get a new one'}`,
    };
  return change === 'none' && !remove ? { why: 'it has these lines already' } : {};
}

async function registration(
  setup: HostSetup,
  home: string,
  remove: boolean,
  asked: Asked | undefined,
): Promise<Edit[]> {
  const toml = setup.toml === undefined ? [] : [await tomlEdit(setup.toml, home, remove, asked)];
  const edits = new Map<string, Edit>();
  const entries = setup.entries ?? [];
  for (const entry of remove ? [...entries].reverse() : entries) {
    const value = asked && entry.value(asked);
    if (value === undefined && !remove) continue;
    const names = entry.files.map((name) => join(home, name));
    const file = names.find(existsSync) ?? names[0] ?? home;
    const known = edits.get(file);
    const before = bytesAt(file);
    const text = known === undefined ? before : known.after;
    const edit = remove ? withoutOurs(entry, file, text) : withOurs(entry, file, text, value, asked);
    const why = [known?.why, edit.why].flatMap((one) => one ?? []).join('; ');
    edits.set(file, { file, before, after: edit.after, ...(why !== '' && { why }) });
  }
  return [...toml, ...edits.values()];
}

type Changed = Pick<Edit, 'after' | 'why'>;

function withOurs(
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
  if (found === undefined) return { after: withEntry(json, path, value) };
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
  if (left !== 'edited') return { after: withEntry({ ...json, text: left.text }, path, value) };
  return {
    after: text,
    why: isServer ? `${place} has settings of its own` : `${place} is yours; add ${JSON.stringify(value)} to it`,
  };
}

function withoutOurs(entry: Entry, file: string, text: string | undefined): Changed {
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

/** Whether we have written this value, for this server or for one at another place, with trust or without. */
function isOneOfOurs({ value, isServer }: Entry, found: unknown, asked: Asked | undefined): boolean {
  const words = wordsOf(found);
  if (isServer && !isServerCommand(words)) return false;
  const [command = 'pm-mcp', ...args] = isServer ? (words as string[]) : (asked?.server ?? []);
  return [true, false].some((yes) =>
    isDeepStrictEqual(value({ server: [command, ...args], trust: yes, notify: yes }), found),
  );
}

/** The words of a server's command, in the forms of all hosts. */
function wordsOf(value: unknown): unknown[] {
  const { command = [], args = [] } = (value ?? {}) as { command?: unknown; args?: unknown };
  return [command, args].flat();
}

/** Another name under which our server is registered. */
function otherNameOf({ path: [parent, own] }: Entry, json: Parameters<typeof entryAt>[0]): string | undefined {
  const servers = entryAt(json, [parent])?.value;
  if (typeof servers !== 'object' || servers === null) return undefined;
  return Object.entries(servers).find(([name, value]) => name !== own && isServerCommand(wordsOf(value)))?.[0];
}

type Toml = NonNullable<HostSetup['toml']>;

async function tomlEdit(
  { file: name, table, lines }: Toml,
  home: string,
  remove: boolean,
  asked: Asked | undefined,
): Promise<Edit> {
  const file = join(home, name);
  const before = bytesAt(file);
  const current = await parsedToml(file, before);
  const outside = await parsedToml(file, withoutBlock(before, 'toml').text);
  const bytes = Buffer.from(asked === undefined ? '' : lines(asked)).toString('latin1');
  const { text, change } = remove ? withoutBlock(before, 'toml') : withBlock(before, bytes, 'toml');
  if (remove || change === 'edited') return { file, before, after: text, ...whyOf(change, remove) };
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
  return { file, before, after: text, ...whyOf(change, remove) };
}

async function parsedToml(file: string, text = '', what = 'it is not valid TOML'): Promise<Record<string, unknown>> {
  const { parse } = await import('smol-toml');
  try {
    return parse(
      Buffer.from(text, 'latin1')
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (error) {
    const [why = ''] = (error as Error).message.split('\n');
    const { line } = error as { line?: number };
    throw new PmError(
      'usage',
      `${file} cannot be changed: ${what} (${why}${line === undefined ? '' : `, line ${line}`}). Nothing was written.`,
      'Correct the file, then make the same call again.',
    );
  }
}

function notesOf(setup: HostSetup, asked: Asked | undefined): string[] {
  const isRegistered = setup.entries !== undefined || setup.toml !== undefined;
  if (!isRegistered)
    return ['No server was registered: where this host names its MCP servers is not known here. The server is pm-mcp.'];
  if (asked === undefined) return ['pm-mcp was not found on the PATH or beside pm, so no server is registered.'];
  const { server } = asked;
  const how =
    server.length === 1
      ? `The server is ${server[0]} on the PATH; the host must have the same PATH.`
      : `pm-mcp is not on the PATH, so the server is ${server.join(' ')}: a path of this machine.`;
  return [how, ...(setup.notes?.(asked) ?? [])];
}

function callOf({ host, remove, trust, notify }: HostRequest): Record<string, unknown> {
  return { host, ...(remove && { remove }), ...(trust && { trust }), ...(notify && { notify }), yes: true };
}

/** The lines that differ, and where the first of them is. */
function changeOf({ file, before, after, why }: Edit): HostChange {
  const [old, young] = [linesIn(before), linesIn(after)];
  let start = 0;
  while (start < Math.min(old.length, young.length) && old[start] === young[start]) start++;
  let end = 0;
  while (end < Math.min(old.length, young.length) - start && old.at(-1 - end) === young.at(-1 - end)) end++;
  const action =
    before === after ? 'keep' : before === undefined ? 'create' : after === undefined ? 'delete' : 'change';
  return {
    file,
    action,
    ...(action !== 'keep' && {
      line: start + 1,
      removed: old.slice(start, old.length - end),
      added: young.slice(start, young.length - end),
    }),
    ...(why !== undefined && { why }),
  };
}

function linesIn(text: string | undefined): string[] {
  return text === undefined
    ? []
    : textOf(text)
        .replace(/\r?\n$/, '')
        .split(/\r?\n/);
}

function textOf(bytes = ''): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
