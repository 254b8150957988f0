import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';

/** Has the directory registered and pruned once the start was answered: nothing of it may delay a command. */
export function keepHouseLater(dir: string, step: string, config: Config | undefined, context: Context): void {
  context.answered?.(() => {
    // What goes wrong in there has no bearing on the run that was started, and the next start does it again.
    import('./after-start.ts').then(({ keepHouse }) => keepHouse(dir, step, config, context)).catch(() => {});
  });
}
