import { bunGraph } from './bun.ts';
import type { LockGraph, Manifest } from './lock-graph.ts';
import { npmGraph } from './npm.ts';
import { pnpmGraph } from './pnpm.ts';
import { readYaml } from './read-yaml.ts';
import { isModernYarn, yarnGraph } from './yarn.ts';
import { yarn1Graph } from './yarn-1.ts';

/** What a lockfile may need to know of the project: the folders of the workspace, and their package.json. */
export interface ProjectFolders {
  readonly members: () => Promise<readonly string[]>;
  readonly manifestOf: (folder: string) => Manifest;
  /** The text of .yarnrc.yml, which has the catalogs of Yarn. */
  readonly yarnrc?: string | undefined;
}

/** Reads the text of a lockfile; undefined if it cannot be read. */
export async function readGraph(
  text: string,
  manager: 'npm' | 'pnpm' | 'yarn' | 'bun',
  { members, manifestOf, yarnrc }: ProjectFolders,
): Promise<LockGraph | undefined> {
  switch (manager) {
    case 'npm':
      return npmGraph(text, manifestOf('.'));
    case 'pnpm':
      return pnpmGraph(await readYaml(text));
    case 'bun':
      return bunGraph(text);
    case 'yarn': {
      if (isModernYarn(text)) return yarnGraph(await readYaml(text), manifestOf, await readYaml(yarnrc ?? ''));
      return yarn1Graph(text, new Map(['.', ...(await members())].map((folder) => [folder, manifestOf(folder)])));
    }
  }
}
