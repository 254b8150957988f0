import type { RunView } from '@pm/operations';
import { runSign } from '@pm/operations/words';

/** The sign of a run. The words beside it say the same, so a screen reader leaves it out. */
export function Sign({ run }: { readonly run: RunView }) {
  const { glyph, tone } = runSign(run);
  return (
    <span class={`sign tone-${tone}`} aria-hidden="true">
      {glyph}
    </span>
  );
}
