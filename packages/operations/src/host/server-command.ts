import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { lastingFolders, locateCommand } from '@pm/process';
import { assetPath } from '../assets.ts';
import type { Context } from '../project/context.ts';

/** Where `pm-mcp` is, seen from the built `pm`: in the plugin, beside the package of `pm` or its folder in a clone; the last one is for sources. */
const BESIDE = ['../mcp/main.cjs', '../../mcp/dist/main.cjs', '../../apps/mcp/dist/main.cjs'];

/** The command that starts our server: `pm-mcp` if the PATH has it to stay, else `node` and its path; undefined if it is not installed. */
export function serverCommand({ env }: Pick<Context, 'env'>): readonly [string, ...string[]] | undefined {
  if (locateCommand('pm-mcp', '/', lastingFolders(env).join(delimiter)).kind === 'found') return ['pm-mcp'];
  const file = BESIDE.map(assetPath).find(existsSync);
  return file === undefined ? undefined : ['node', file];
}

/** Whether these words start our server, in whichever way it was installed. */
export function isServerCommand(words: readonly unknown[]): boolean {
  return words.some((word) => typeof word === 'string' && /(?:^|\/)(?:pm-mcp|mcp\/(?:dist\/)?main\.cjs)$/.test(word));
}

/** The words of a server's command, in the forms of all hosts. */
export function wordsOf(value: unknown): unknown[] {
  const { command = [], args = [] } = (value ?? {}) as { command?: unknown; args?: unknown };
  return [command, args].flat();
}
