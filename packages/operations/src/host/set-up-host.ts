import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PmError } from '@pm/protocol';
import { assetPath } from '../assets.ts';
import type { Context } from '../project/context.ts';
import type { InitAnswer } from '../shape/init-answer.ts';
import { BYTES, bytesOf, textOf } from './byte-text.ts';
import { changeOf, type Edit } from './file-change.ts';
import { type Asked, type Entry, HOSTS, type Host, type HostSetup } from './hosts.ts';
import { withOurs, withoutOurs } from './json-registration.ts';
import { brokenLinkOf, bytesAt, outsideOf, replaceFile, targetOf } from './replace-file.ts';
import { serverCommand } from './server-command.ts';
import { whyKept, withBlock, withoutBlock } from './text-block.ts';
import { tomlEdit } from './toml-registration.ts';

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
  // The frontend calls itself `pm` only if the PATH has this very program under that name.
  const isOnPath = (context.invocation ?? 'pm') === 'pm';
  const asked = server && { server, trust: request.trust, notify: request.notify, isOnPath };
  const edits = [guidance, ...(asked === undefined && !remove ? [] : await registration(setup, home, remove, asked))];
  const due = edits.filter(({ before, after }) => before !== after);
  for (const { file } of due) assertInside(home, file);
  if (write) for (const { file, before, after } of due) replaceFile(file, before, after);
  const kept = edits.flatMap(({ why }) => why ?? []);
  return {
    file: guidance.file,
    content: textOf(guidance.after),
    written: write && due.length > 0,
    ...(due.length === 0 && { kept: kept.length > 0 ? kept.join('; ') : 'there is nothing of pm in it' }),
    steps: [],
    changes: edits.filter(({ before, after }) => (before ?? after) !== undefined).map(changeOf),
    ...(due.length > 0 && !remove && { notes: notesOf(setup, asked) }),
    next:
      write || due.length === 0
        ? []
        : [{ operation: 'init', input: callOf(request), why: remove ? 'remove it' : 'write it' }],
  };
}

/** A repository may have a link that leads to a file of the user's own, or to where somebody else expects to make one. */
function assertInside(home: string, file: string): void {
  const outside = outsideOf(home, file);
  if (outside !== undefined) {
    const message = `${file} leads to ${outside}, which is not in the project. Nothing was written.`;
    throw new PmError('usage', message, 'Remove the link, then make the same call again.');
  }
  const broken = brokenLinkOf(home, file);
  if (broken === undefined) return;
  throw new PmError(
    'usage',
    `${broken.link} is a link to ${broken.to}, which does not exist. Nothing was written.`,
    'Create what the link leads to, or remove the link; then make the same call again.',
  );
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
  return { file, before, after: text, ...whyKept(change, remove) };
}

function guidanceFor(invocation: string): string {
  const text = readFileSync(GUIDANCE, BYTES);
  if (invocation === 'pm') return text;
  const heading = text.indexOf('\n') + 1;
  const line = `\n\`pm\` stands for \`${bytesOf(invocation)}\` in every call below.\n`;
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

async function registration(
  setup: HostSetup,
  home: string,
  remove: boolean,
  asked: Asked | undefined,
): Promise<Edit[]> {
  const toml = setup.toml === undefined ? [] : [await tomlEdit(setup.toml, home, remove, asked)];
  const edits = new Map<string, Edit>();
  const isWanted = (entry: Entry): boolean => !remove && asked !== undefined && entry.value(asked) !== undefined;
  const entries = setup.entries ?? [];
  // What an earlier call added and this one does not ask for goes first, such as the trust: the last of it was inserted last.
  const unwanted = entries.filter((entry) => !isWanted(entry)).reverse();
  for (const entry of [...unwanted, ...entries.filter(isWanted)]) {
    const value = asked && entry.value(asked);
    const names = entry.files.map((name) => join(home, name));
    const file = names.find(existsSync) ?? names[0] ?? home;
    const known = edits.get(file);
    const before = bytesAt(file);
    const text = known === undefined ? before : known.after;
    const edit = isWanted(entry) ? withOurs(entry, file, text, value, asked) : withoutOurs(entry, file, text);
    const why = [known?.why, isWanted(entry) || remove ? edit.why : undefined].flatMap((one) => one ?? []).join('; ');
    edits.set(file, { file, before, after: edit.after, ...(why !== '' && { why }) });
  }
  return [...toml, ...edits.values()];
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
