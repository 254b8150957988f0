import type { RunView, Transition } from '@pm/operations';
import { type Part, paint, type Style } from '../text/style.ts';
import { endedParts, extendedParts, liveParts, startedParts } from './run-line.ts';

/** One transition, in the words that `start`, `wait` and `extend` have for it. */
export function transitionLine(change: Transition['change'], run: RunView, style: Style): string {
  return `${paint(partsOf(change, run, style), style)}\n`;
}

function partsOf(change: Transition['change'], run: RunView, style: Style): Part[] {
  switch (change) {
    case 'started':
      return startedParts(run, style);
    case 'extended':
      return extendedParts(run, style);
    case 'ended':
      return endedParts(run, style);
    case 'live':
    case 'state':
    case 'attention':
    case 'vanished':
      return liveParts(run, style);
  }
}
