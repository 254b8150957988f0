import type { StyledPiece } from '@pm/operations/styled-line';
import { formatSize } from '@pm/operations/words';
import { Told } from '../frame/told.tsx';
import { looksOf } from './colours.ts';
import type { LogLine } from './lines.ts';

/** One line of a log: text with colours, never markup. */
export function LineText({
  line: { pieces, cut, missing },
  pattern,
}: {
  readonly line: LogLine;
  readonly pattern: RegExp | undefined;
}) {
  return (
    <>
      {pieces.map((piece, index) => (
        <Piece key={index} piece={piece} pattern={pattern} />
      ))}
      {missing !== undefined && (
        <span class="cut gap">{formatSize(missing)} of the output were not kept: the log has reached its limit.</span>
      )}
      {cut > 0 && <span class="cut"> … {cut.toLocaleString()} more characters in this line</span>}
    </>
  );
}

function Piece({
  piece: { text, style: ownStyle },
  pattern,
}: {
  readonly piece: StyledPiece;
  readonly pattern: RegExp | undefined;
}) {
  const { classes, colour, ground } = looksOf(ownStyle);
  const style = { ...(colour && { '--mixed': colour }), ...(ground && { '--mixed-ground': ground }) };
  return (
    <span class={classes.join(' ')} style={style}>
      {pattern === undefined ? <Told text={text} /> : marked(text, pattern)}
    </span>
  );
}

/** A text in which what matches is marked. */
function marked(text: string, pattern: RegExp) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (found === '') continue;
    parts.push(<Told key={from} text={text.slice(from, index)} />);
    parts.push(
      <mark key={`${index}m`}>
        <Told text={found} />
      </mark>,
    );
    from = index + found.length;
  }
  return [...parts, <Told key={from} text={text.slice(from)} />];
}
