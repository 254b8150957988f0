import { nameHolder } from '@pm/process';
import type { Context } from '../project/context.ts';
import type { HolderView } from '../shape/views/holder-view.ts';
import { holderViews } from './holder-views.ts';
import { lookAtPort } from './look-at-port.ts';

/** Who holds a port, as the end of "in use by …": `node server.js (pid 4242), of the run web in /project`. Empty without holders. */
export function nameHolders(holders: readonly HolderView[]): string {
  const names = holders.map(({ step, dir = '', ...holder }) =>
    step === undefined ? nameHolder(holder) : `${nameHolder(holder)}, of the run ${step} in ${projectIn(dir)}`,
  );
  return names.join(' and ');
}

/** Where a directory of runs is: `/project` of `/project/.pm`. */
function projectIn(dir: string): string {
  return dir.replace(/\/\.pm$/, '') || dir;
}

/**
 * Explains a failure by EADDRINUSE. The failure may be older than whoever listens now, so that is told as what is so now.
 * @param port the port that the failed run wanted
 * @param dir the directory of that run; the other directories of the user are searched as well
 */
export function portWasInUse(port: number, dir: string, context: Pick<Context, 'env'>): string {
  const names = nameHolders(holderViews(port, lookAtPort(port, dir, context)));
  return `port ${port} was in use; ${names === '' ? 'nobody listens on it now' : `it is held by ${names}`}`;
}
