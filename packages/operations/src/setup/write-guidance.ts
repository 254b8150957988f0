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

/** A letter for each byte: what is not UTF-8 in somebody's file is none of our business, and stays. */
const BYTES = 'latin1';

const GUIDANCE = assetPath('assets/guidance.md');

/**
 * Writes how to use this program into the file that a coding agent reads.
 * @param file made if it is not there; a link is followed
 * @throws PmError `directory-unusable` if it can be neither read nor written; then it is as it was
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
      'pm init --host … --dry-run prints it.',
      {
        cause: error,
      },
    );
  }
}

const KEPT: Partial<Record<ReturnType<typeof withGuidance>['change'], string>> = {
  none: 'it has this guidance already',
  edited: 'somebody changed our block in it; take the block out to have it written anew',
};

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, BYTES);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: most of the file is somebody else's. */
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

/** CLAUDE.md is often a link to AGENTS.md, which may not be there yet. */
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
    return undefined; // no link, or nothing at all
  }
}
