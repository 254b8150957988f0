import type { PreparedCheck } from '@pm/preflight';
import * as z from 'zod/mini';
import type { ConfiguredCheck } from '../config/checks-of.ts';
import { checkWithPort, hasPortPlace } from '../ports/check-with-port.ts';

/** Which checks can be made without a run. */
interface ByPort {
  /** With the port of their step for `{port}`. */
  readonly now: ConfiguredCheck[];
  /** What tells that the others are made at a start. */
  readonly later: PreparedCheck[];
}

/** Divides checks by what is known of the port that they are about. A step with `"port": "auto"` gets one when it starts. */
export function byPort(checks: readonly ConfiguredCheck[]): ByPort {
  const isLater = ({ spec, port }: ConfiguredCheck): boolean => hasPortPlace(spec) && typeof port !== 'number';
  const now = checks.filter((check) => !isLater(check));
  return {
    now: now.map(({ spec, where, port }) => ({
      spec: typeof port === 'number' ? checkWithPort(spec, port, where) : spec,
      where,
    })),
    later: checks.filter(isLater).map(askedAtStart),
  };
}

function askedAtStart({ spec }: ConfiguredCheck): PreparedCheck {
  const [id = ''] = typeof spec === 'string' ? spec.split(':') : [spec.check];
  const check = {
    id,
    title: `${typeof spec === 'string' ? spec : id} is checked at a start`,
    options: z.unknown(),
    fromText: (text: string) => text,
    inspect: () => ({ state: 'skip' as const, evidence: 'it has {port}, and a run gets its port when it starts' }),
  };
  return { check, options: {} };
}
