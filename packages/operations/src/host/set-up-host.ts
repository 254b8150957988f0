import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PmError } from '@pm/protocol';
import { assetPath } from '../assets.ts';
import type { Context } from '../project/context.ts';
import type { InitAnswer } from '../shape/init-answer.ts';
import { BYTES, bytesOf, textOf } from './byte-text.ts';
import { changeOf, type Edit } from './file-change.ts';
import { type Asked, HOSTS, type Host, type HostSetup } from './hosts.ts';
import { ownStatusLine } from './own-status-line.ts';
import { registration } from './registration.ts';
import { brokenLinkOf, bytesAt, outsideOf, replaceFile, targetOf } from './replace-file.ts';
import { serverCommand } from './server-command.ts';
import { whyKept, withBlock, withoutBlock } from './text-block.ts';

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
  readonly statusLine: boolean;
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
  const { invocation = 'pm' } = context;
  const { trust, notify } = request;
  const theirs = request.statusLine && !remove ? ownStatusLine(home, context.env) : undefined;
  const statusLine = request.statusLine && theirs === undefined;
  const asked = server && { server, trust, notify, isOnPath: invocation === 'pm', statusLine, invocation };
  const statusNotes =
    theirs === undefined
      ? []
      : [
          `You already have a status line, in ${theirs}. It was not changed. To show the runs there too, let its command also print: ${invocation} ls --oneline`,
        ];
  const edits = [guidance, ...(asked === undefined && !remove ? [] : await registration(setup, home, remove, asked))];
  const due = edits.filter(({ before, after }) => before !== after);
  for (const { file } of due) assertInside(home, file);
  if (write) for (const { file, before, after } of due) replaceFile(file, before, after);
  const kept = [...edits.flatMap(({ why }) => why ?? []), ...statusNotes];
  return {
    file: guidance.file,
    content: textOf(guidance.after),
    written: write && due.length > 0,
    ...(due.length === 0 && { kept: kept.length > 0 ? kept.join('; ') : 'there is nothing of pm in it' }),
    steps: [],
    changes: edits.filter(({ before, after }) => (before ?? after) !== undefined).map(changeOf),
    ...(due.length > 0 && !remove && { notes: [...notesOf(setup, asked), ...statusNotes] }),
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

function callOf({ host, remove, trust, notify, statusLine }: HostRequest): Record<string, unknown> {
  return {
    host,
    ...(remove && { remove }),
    ...(trust && { trust }),
    ...(notify && { notify }),
    ...(statusLine && { statusLine }),
    yes: true,
  };
}
