import { visibleParts } from '../log/visible.ts';

/** Text of a job or a person. It is never markup, keeps its direction to itself, and hides nothing. */
export function Told({ text }: { readonly text: string }) {
  return (
    <bdi>
      {visibleParts(text).map(({ text: part, isMark }, index) =>
        isMark ? (
          <span key={index} class="mark">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </bdi>
  );
}
