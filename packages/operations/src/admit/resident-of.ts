import type { LaunchOptions } from '@pm/wrapper';
import type { Context } from '../project/context.ts';

/** What a wrapper starts at its end if work is left for a resident monitor and none lives. */
export function residentOf({ resident, env }: Context): Pick<LaunchOptions, 'resident'> {
  return resident === undefined || env['PM_RESIDENT'] === 'off' ? {} : { resident };
}
