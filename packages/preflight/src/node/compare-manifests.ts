import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { withCount } from '@pm/protocol/text';
import { satisfies, validRange } from 'semver';
import type { CheckContext, CheckResult, Remedy } from '../check.ts';
import { Installed, readManifest } from './installed.ts';
import { dependenciesIn } from './locks/lock-graph.ts';
import { memberOf, type NodeProject, type PackageManager } from './project.ts';

/**
 * What can be said where the manager in charge has no lockfile: whether what package.json names is there, in a version that it allows.
 * Nothing is installed as a remedy, because that would write a lockfile.
 */
export function compareManifests(
  { folder, locks, maker }: NodeProject,
  manager: PackageManager,
  { cwd }: CheckContext,
): CheckResult & { readonly remedies: readonly Remedy[] } {
  const installed = new Installed();
  const missing = [...new Set(['.', memberOf(cwd, folder)])].flatMap((member) => {
    const from = realpathSync(join(folder, member));
    return dependenciesIn(readManifest(from) ?? {})
      .filter(([, , kind]) => kind === 'required')
      .filter(([name, range]) => {
        const there = installed.find(name, from);
        const { version } = (there === undefined ? undefined : installed.manifest(there)) ?? {};
        return (
          there === undefined || (version !== undefined && validRange(range) !== null && !satisfies(version, range))
        );
      })
      .map(([name, range]) => `${name}@${range}`);
  });
  const other = locks.find((lock) => lock.manager !== manager);
  const why = `${manager} ${maker === manager ? 'installed it' : 'is declared'} and has no lockfile${other === undefined ? '' : `; ${other.file} is of ${other.manager}`}`;
  if (missing.length > 0) {
    const what = existsSync(join(folder, 'node_modules'))
      ? 'node_modules does not match package.json'
      : `${folder} has no node_modules`;
    const remedies: Remedy[] = [{ argv: [manager, 'install'], safety: 'needs-approval', cwd: folder }];
    return { state: 'fail', evidence: `${what}; missing: ${withCount(missing, 4)}; ${why}`, remedies };
  }
  const evidence = `node_modules has what package.json names; ${why}`;
  return { state: other === undefined ? 'pass' : 'warn', evidence, remedies: [] };
}
