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
  /** Another manager made what is installed, or it is open which one has the say. */
  readonly isOfAnother: boolean;
  /** The lockfile has all that package.json names. */
  readonly isLocked: boolean;
  /** The manager's record lists a version that is not the one that is there, so the manager sees nothing to do. */
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
  if (manager !== 'npm') return [of(safety, manager, 'install', ...frozen(situation))];
  const ci = of(isInstalled ? 'needs-approval' : safety, 'npm', 'ci');
  return isInstalled && !isOfAnother && !isRecordFalse ? [of('safe', 'npm', 'install', '--no-save'), ci] : [ci];
}

/** The command that makes the links of node_modules/.bin, and what was built at installation, anew. */
export function rebuildRemedy(situation: InstallSituation, packages: readonly string[] = []): Remedy {
  const { manager, isModern, folder, isOfAnother } = situation;
  const safety = isOfAnother ? 'needs-approval' : 'safe';
  if (manager === 'npm' || manager === 'pnpm') return { argv: [manager, 'rebuild', ...packages], safety, cwd: folder };
  if (manager === 'yarn' && isModern) return { argv: ['yarn', 'rebuild', ...packages], safety, cwd: folder };
  return { argv: [manager, 'install', ...frozen(situation), '--force'], safety, cwd: folder };
}

function frozen({ manager, isModern }: InstallSituation): string[] {
  return [manager === 'yarn' && isModern ? '--immutable' : '--frozen-lockfile'];
}
