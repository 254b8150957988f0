const WIDTH = 96;
const HEIGHT = 22;
/** Fewer samples than these do not fill the width. */
const FEWEST = 60;

/** At most `span` of the last values as a line, at least as wide as 60 of them, the newest at the right. `most` is the value at the top; a higher one raises it. */
export function Sparkline({
  values,
  span,
  most,
  label,
}: {
  readonly values: readonly number[];
  readonly span: number;
  readonly most: number;
  readonly label: string;
}) {
  const shown = values.slice(-span);
  const room = Math.min(span, Math.max(shown.length, FEWEST));
  const top = Math.max(most, ...shown);
  const x = (index: number) => WIDTH - ((shown.length - 1 - index) * WIDTH) / (room - 1);
  const y = (value: number) => HEIGHT - 1 - (value / top) * (HEIGHT - 3);
  const points = shown.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  const first = x(0).toFixed(1);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {shown.length > 1 && <path class="area" d={`M${first},${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z`} />}
      {shown.length > 1 && <polyline points={points.join(' ')} vector-effect="non-scaling-stroke" />}
    </svg>
  );
}
