import type { RunView } from '@pm/operations';
import { runSign, stateLabel } from '@pm/operations/words';
import type { Part } from '../text/style.ts';

/** The glyph before the name of a run, for a terminal. */
export function stateGlyph(run: RunView): Part {
  const { glyph, tone } = runSign(run);
  return { text: `${glyph} `, tone };
}

/** The state or outcome in its colour. */
export function colouredState(run: RunView, text: string = stateLabel(run)): Part {
  return { text, tone: runSign(run).tone };
}
