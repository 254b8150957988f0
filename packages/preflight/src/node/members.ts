import { join } from 'node:path';
import { readManifest, textOf } from './installed.ts';
import { readYaml } from './locks/read-yaml.ts';

/** The folders of a workspace, relative to its root, without the root itself; empty if there is no workspace. */
export async function membersOf(root: string): Promise<string[]> {
  const patterns = await patternsOf(root);
  if (patterns.length === 0) return [];
  const { globSync } = await import('tinyglobby');
  const files = patterns.map((pattern) => pattern.replace(/^(!?)(?:\.\/)?(.*?)\/?$/, '$1$2/package.json'));
  return globSync(files, { cwd: root, ignore: ['**/node_modules/**'], expandDirectories: false, dot: true })
    .map((file) => file.replace(/\/?package\.json$/, ''))
    .filter((folder) => folder !== '')
    .sort();
}

async function patternsOf(root: string): Promise<string[]> {
  const { workspaces } = Object(readManifest(root)) as { workspaces?: unknown };
  const yaml = textOf(join(root, 'pnpm-workspace.yaml'));
  const { packages } = Object(yaml === undefined ? undefined : await readYaml(yaml)) as { packages?: unknown };
  const { packages: nested } = Object(Array.isArray(workspaces) ? {} : workspaces) as { packages?: unknown };
  return [workspaces, nested, packages].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}
