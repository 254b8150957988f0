import { chmodSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PmError } from '@pm/protocol';
import { assetPath } from './assets.ts';
import { withGuidance } from './host-guidance.ts';
import type { InitAnswer } from './init.ts';
import type { Context } from './operation.ts';

const GUIDANCE = assetPath('assets/guidance.md');

/**
 * Writes how to use this program into the file that a coding agent reads.
 * @param file made if it is not there; a link is followed
 * @throws PmError `directory-unusable` if it can be neither read nor written; then it is as it was
 */
export function guide(file: string, write: boolean, { invocation = 'pm' }: Pick<Context, 'invocation'>): InitAnswer {
  const guidance = readFileSync(GUIDANCE, 'utf8').replaceAll('{{pm}}', invocation);
  try {
    const existing = textAt(file);
    const { text, change } = withGuidance(existing ?? '', guidance);
    const kept = KEPT[change];
    if (write && kept === undefined) replace(file, text);
    return {
      file,
      content: text,
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
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whole or not at all: most of the file is somebody else's. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const target = targetOf(file);
  const sibling = `${target}.pm-${process.pid}`;
  try {
    writeFileSync(sibling, text, { flag: 'wx' });
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) chmodSync(sibling, mode);
    renameSync(sibling, target);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}

function targetOf(file: string): string {
  try {
    return realpathSync(file); // CLAUDE.md is often a link to AGENTS.md
  } catch {
    return file;
  }
}
