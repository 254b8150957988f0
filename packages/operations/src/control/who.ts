import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import { holderViews } from '../ports/holder-views.ts';
import { lookAtPort, mayProposeStop, type PortLook } from '../ports/look-at-port.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { viewNow } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { dir, portNumber } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';

export const who = operation({
  name: 'who',
  summary: 'Name the process that listens on a port, and its run, in all your projects.',
  input: z.strictObject({ port: portNumber, dir }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async ({ port, dir: named }, context) => {
    const where = locateDirectory(named, context);
    const look = lookAtPort(port, where, context);
    const runs = viewsOfRuns(look, where, context);
    const stops =
      runs.some(isLive) && mayProposeStop(look, context)
        ? [{ operation: 'stop', input: { port, ...(named !== undefined && { dir: named }) }, why: 'stop that run' }]
        : [];
    return { runs, holders: holderViews(port, look), next: stops };
  },
});

/** The runs that listen. Those of another directory than that of the call have their `dir`. */
function viewsOfRuns({ runs }: PortLook, where: string, { caller = 'pm' }: Context): RunView[] {
  return runs.map(({ dir, run }) => {
    const view = viewNow(dir, run, `${caller} who ${process.pid}`);
    return dir === where ? view : { ...view, dir };
  });
}
