/** A duration as people say it: 450ms, 2.1s, 45s, 12m03s, 30m, 2h05m, 3d04h. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 9950) return `${(Math.round(ms / 100) / 10).toString()}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return pair(seconds, 60, 'm', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm');
  return pair(Math.round(minutes / 60), 24, 'd', 'h');
}

/** Its largest unit alone, rounded down: 6m, 2h. */
export function roughly(ms: number): string {
  return /^[\d.]+[a-z]+/.exec(duration(ms))?.[0] ?? '';
}

/** A size as people say it: 812 B, 12 KiB, 3.4 MiB. */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KiB`;
  if (bytes < 1024 ** 3) return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

/** A zero second unit is left out: 30m, not 30m00s. */
function pair(total: number, perFirst: number, first: string, second: string): string {
  const rest = total % perFirst;
  return `${Math.floor(total / perFirst)}${first}${rest === 0 ? '' : `${String(rest).padStart(2, '0')}${second}`}`;
}
