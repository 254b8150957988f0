/** Chooses between the two files of a run with `--split`. A key presses the one that is not shown. */
export function FileSwitch({
  isErrors,
  choose,
}: {
  readonly isErrors: boolean;
  readonly choose: (isErrors: boolean) => void;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a frame of its own, and is for fields
    <div role="group" aria-label="What is shown">
      {[false, true].map((errors) => (
        <button
          key={String(errors)}
          type="button"
          data-key={errors === isErrors ? undefined : 'o'}
          aria-pressed={errors === isErrors}
          onClick={() => choose(errors)}
        >
          {errors ? 'Errors' : 'Output'}
        </button>
      ))}
    </div>
  );
}
