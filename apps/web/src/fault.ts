import type { CarriedOperations } from './carrier.ts';
import type { Fault } from './reply.ts';

/** What a page is told of an error. */
export function faultOf(host: Pick<CarriedOperations, 'environmentFault'>, thrown: unknown): Fault {
  const { code, message, next } = Object(host.environmentFault(thrown)) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : 'unexpected',
    message: typeof message === 'string' ? message : String(thrown),
    ...(typeof next === 'string' && { next }),
  };
}
