import { type Context, type OverviewEvent, overview } from '@pm/operations';

/** All runs of the user, or those of one directory, and whatever changes, until the signal of the context aborts. */
export async function* feed(dir: string | undefined, context: Context): AsyncGenerator<OverviewEvent, void, void> {
  const watch = await overview();
  yield* watch({ ...context, by: `pm top ${process.pid}`, ...(dir !== undefined && { dirs: [dir] }) });
}
