import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';

/** Registers and prunes the directory after the start was answered, so that it does not delay the command. */
export function cleanUpLater(dir: string, step: string, config: Config | undefined, context: Context): void {
  context.answered?.(() => {
    // A failure does not concern the run that was started, and the next start tries again.
    import('../retention/clean-up.ts').then(({ cleanUp }) => cleanUp(dir, step, config, context)).catch(() => {});
  });
}
