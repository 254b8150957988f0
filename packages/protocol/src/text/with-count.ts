/**
 * The first items of a list as text, and how many more there are: `a, b and 22 more`. A list that is cut without a count looks complete.
 * @param most how many items are named
 */
export function withCount(items: readonly string[], most: number, separator = ', '): string {
  const more = items.length - most;
  return more > 0 ? `${items.slice(0, most).join(separator)} and ${more} more` : items.join(separator);
}
