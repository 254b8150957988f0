import type { Remedy } from '../check.ts';
import type { PackageManager } from './project.ts';

/** What decides which command mends an installation. */
export interface InstallSituation {
  readonly manager: PackageManager;
  /** Yarn 2 or later. */
  readonly isModern: boolean;
  readonly folder: string;
  /** Something is installed. */
  readonly isInstalled: boolean;
  /** Another manager made what is installed, or nothing says which manager decides. */
  readonly isOfAnother: boolean;
  /** The lockfile has all that package.json names. */
  readonly isLocked: boolean;
  /** The manager would see nothing to do, because its record says that what is missing is there. */
  readonly isRecordFalse: boolean;
}

/**
 * The commands that install what is locked, the least invasive first. No command is safe that lets another manager replace what one has
 * installed, that writes the lockfile, or that deletes node_modules first (`npm ci`).
 */
export function installRemedies(situation: InstallSituation): Remedy[] {
  const { manager, folder, isInstalled, isOfAnother, isLocked, isRecordFalse } = situation;
  const of = (safety: Remedy['safety'], ...argv: string[]): Remedy => ({ argv, safety, cwd: folder });
  if (!isLocked) return [of('needs-approval', manager, 'install')];
  const safety = isOfAnother ? 'needs-approval' : 'safe';
  if (manager === 'npm') {
    const ci = of(isInstalled ? 'needs-approval' : safety, 'npm', 'ci');
    return isInstalled && !isOfAnother && !isRecordFalse ? [of('safe', 'npm', 'install', '--no-save'), ci] : [ci];
  }
  return isInstalled && isRecordFalse ? again(situation) : [of(safety, manager, 'install', frozen(situation))];
}

/** The command that makes the links of node_modules/.bin, and what was built at installation, anew. */
export function rebuildRemedies(situation: InstallSituation, packages: readonly string[] = []): Remedy[] {
  const { manager, folder, isOfAnother } = situation;
  const safety = isOfAnother ? 'needs-approval' : 'safe';
  if (manager === 'npm' || manager === 'pnpm')
    return [{ argv: [manager, 'rebuild', ...packages], safety, cwd: folder }, ...installRemedies(situation)];
  return again(situation);
}

/** The commands that install although the manager's record says that all is there. */
function again({ manager, isModern, folder, isOfAnother }: InstallSituation): Remedy[] {
  const safety = isOfAnother ? 'needs-approval' : 'safe';
  if (manager === 'yarn' && isModern) {
    // Yarn has no option for it. Its record says of itself that it may be removed; the store of its pnpm linker does not.
    const after = (removed: string): string => `rm -rf node_modules/${removed} && yarn install --immutable`;
    return [
      { argv: ['sh', '-c', after('.yarn-state.yml')], safety, cwd: folder },
      { argv: ['sh', '-c', after('.store')], safety: 'needs-approval', cwd: folder },
    ];
  }
  return [{ argv: [manager, 'install', '--frozen-lockfile', '--force'], safety, cwd: folder }];
}

function frozen({ manager, isModern }: InstallSituation): string {
  return manager === 'yarn' && isModern ? '--immutable' : '--frozen-lockfile';
}

/** The command that compiles what was compiled at installation anew. */
export function compileRemedy(
  manager: PackageManager,
  isModern: boolean,
  folder: string,
  packages: readonly string[],
): Remedy {
  if (manager === 'npm' || manager === 'pnpm' || isModern)
    return { argv: [manager, 'rebuild', ...packages], safety: 'safe', cwd: folder };
  return { argv: [manager, 'install', '--frozen-lockfile', '--force'], safety: 'safe', cwd: folder };
}
