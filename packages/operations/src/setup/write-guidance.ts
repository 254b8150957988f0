import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { PmError } from '@pm/protocol';
import { assetPath } from '../assets.ts';
import type { Context } from '../project/context.ts';
import { withGuidance } from './host-guidance.ts';
import type { InitAnswer } from './init-answer.ts';

/** One character for each byte, so that bytes that are not UTF-8 stay as they are. */
const BYTES = 'latin1';

const GUIDANCE = assetPath('assets/guidance.md');

/**
 * Writes instructions for this program into the file that a coding agent reads.
 * @param file created if it does not exist; a link is followed
 * @throws PmError `directory-unusable` if it cannot be read or written; it is unchanged then
 */
export function writeGuidance(
  file: string,
  write: boolean,
  { invocation = 'pm' }: Pick<Context, 'invocation'>,
): InitAnswer {
  const guidance = readFileSync(GUIDANCE, BYTES).replaceAll('{{pm}}', Buffer.from(invocation).toString(BYTES));
  try {
    const existing = textAt(file);
    const { text, change } = withGuidance(existing ?? '', guidance);
    const kept = KEPT[change];
    if (write && kept === undefined) replace(file, text);
    return {
      file,
      content: Buffer.from(text, BYTES).toString('utf8'),
      written: write && kept === undefined,
      ...(kept !== undefined && { kept }),
      steps: [],
      next: [],
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new PmError(
      'directory-unusable',
      `${file} cannot be written (${code}).`,
      'To print the text instead, add --dry-run.',
      {
        cause: error,
      },
    );
  }
}

const KEPT: Partial<Record<ReturnType<typeof withGuidance>['change'], string>> = {
  none: 'it has these instructions already',
  edited: 'somebody has changed the block of pm in it; remove the block to get a new one',
};

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces the whole file at once, or not at all: most of it belongs to somebody else. */
function replace(file: string, text: string): void {
  const target = targetOf(file);
  mkdirSync(dirname(target), { recursive: true });
  const sibling = `${target}.pm-${process.pid}`;
  try {
    writeFileSync(sibling, text, { flag: 'wx', encoding: BYTES });
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) chmodSync(sibling, mode);
    renameSync(sibling, target);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}

/** CLAUDE.md is often a link to AGENTS.md, which may not exist yet. */
function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = linkAt(file);
    return link === undefined ? file : targetOf(resolve(dirname(file), link));
  }
}

function linkAt(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined; // not a link, or it does not exist
  }
}
