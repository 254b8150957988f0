/**
 * When waiting entries will start, ms from now, if each takes as long as before. Pure.
 * @param remaining of each running entry, ms; undefined: not known
 * @param durations of the waiting entries in the order of their turns, ms; undefined: not known
 * @returns one for each waiting entry. Undefined from the first on that depends on an unknown duration
 */
export function expectedStarts(
  remaining: readonly (number | undefined)[],
  durations: readonly (number | undefined)[],
  slots: number,
): (number | undefined)[] {
  const free = [...remaining.map((ms) => ms ?? Number.POSITIVE_INFINITY), ...Array(slots).fill(0)].slice(
    0,
    Math.max(slots, remaining.length),
  ) as number[];
  // More run than there are slots, because the number was lowered: the next one starts when enough have ended.
  const surplus = Math.max(remaining.length - slots, 0);
  free.sort((a, b) => a - b).splice(0, surplus);
  return durations.map((duration) => {
    free.sort((a, b) => a - b);
    const start = free[0] ?? Number.POSITIVE_INFINITY;
    free[0] = start + (duration ?? Number.POSITIVE_INFINITY);
    return Number.isFinite(start) ? start : undefined;
  });
}
