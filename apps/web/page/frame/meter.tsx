/** A bar that is filled to a share from 0 to 1. `isNear`: little is left. */
export function Meter({
  share,
  label,
  isNear = false,
}: {
  readonly share: number;
  readonly label: string;
  readonly isNear?: boolean;
}) {
  const percent = Math.round(share * 100);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a browser draws a meter element in colours and sizes of its own
    <span
      class={`meter${isNear ? ' near' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={label}
    >
      <span class="filled" style={{ transform: `scaleX(${share.toFixed(4)})` }} />
    </span>
  );
}
