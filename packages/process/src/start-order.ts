/**
 * A start time as a number to compare within one `PidScope`, in hundredths of a second on every platform;
 * `NaN` for text that is neither form, so that every comparison with it is false and nothing follows from it.
 *
 * Linux gives clock ticks since boot (USER_HZ is 100 on every architecture Node runs on), macOS the `lstart` text of ps(1) in UTC.
 */
export function startOrder(startTime: string): number {
  return /^\d+$/.test(startTime) ? Number(startTime) : Date.parse(`${startTime} UTC`) / 10;
}
