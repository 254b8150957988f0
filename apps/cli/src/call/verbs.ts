import type { OperationName } from '@pm/operations';

/** How a verb is written on the command line. Its options come from the input schema of the operation and are not repeated here. */
export interface VerbForm {
  /** The field, or the fields in order, that are written as positional arguments. */
  readonly positional?: string | readonly string[];
  /** The positional field may also be written as an option: `pm worker --queue gpu`, as with `pm start`. */
  readonly isOptionToo?: true;
  /** The field that takes everything after `--`. */
  readonly afterDashes?: string;
  /** Most calls have no command, so none is missing. */
  readonly isCommandRare?: true;
  /** One-letter aliases, by field. */
  readonly short?: Readonly<Record<string, string>>;
}

/** The verbs in the order of the help page: the most used first. */
export const VERBS: Readonly<Record<OperationName, VerbForm>> = {
  start: { positional: 'step', afterDashes: 'command' },
  ensure: { positional: 'step', afterDashes: 'command' },
  wait: { positional: 'steps' },
  watch: { positional: 'steps' },
  ls: { positional: 'step' },
  status: { positional: 'step' },
  logs: { positional: 'step', short: { follow: 'f', tail: 'n' } },
  extend: { positional: ['step', 'limit'] },
  stop: { positional: 'steps' },
  who: { positional: 'port' },
  up: {},
  down: {},
  adopt: { positional: 'pid' },
  recover: {},
  prune: {},
  run: { positional: 'step', afterDashes: 'command' },
  batch: { positional: 'file', afterDashes: 'command', isCommandRare: true },
  queue: { positional: ['action', 'name'] },
  worker: { positional: 'queue', isOptionToo: true },
  breaker: { positional: ['action', 'name', 'outcome'] },
  init: {},
  preflight: { positional: 'step' },
  doctor: {},
  template: {},
  conformance: { afterDashes: 'command' },
};

/** Verbs that are no operation: they show what operations say in a way of their own, so no other frontend has them. */
const VIEWS = ['top', 'web'] as const;
export type ViewName = (typeof VIEWS)[number];

/** Whether this word is a verb that is no operation. */
export function isView(word: string): word is ViewName {
  return (VIEWS as readonly string[]).includes(word);
}

/** The positional fields, in order. */
export function positionalsOf({ positional = [] }: Partial<VerbForm>): readonly string[] {
  return typeof positional === 'string' ? [positional] : positional;
}

/** Whether this word is a verb. */
export function isVerb(word: string): word is OperationName {
  return Object.hasOwn(VERBS, word);
}
