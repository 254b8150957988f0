const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNIT_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

/** A duration as people write it: `500ms`, `1.5h`, `2d`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** The whole milliseconds of a text that matches `DURATION`; 0 for any other. */
export function parseDuration(text: string): number {
  const [, amount = '0', unit = 'ms'] = DURATION.exec(text) ?? [];
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

/** The bytes of a size such as `4096`, `64KiB` or `2TiB`; 0 for any other text. */
export function parseSize(text: string): number {
  const [, amount = '0', unit = 'B'] = /^(\d+)(B|KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  return Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}

/** A duration exactly, in the largest unit up to hours that gives a whole number, so that `parseDuration` reads it back: `90s`, `2h`. */
export function exactDuration(ms: number): string {
  if (ms === 0) return '0s';
  const unit = (['h', 'm', 's'] as const).find((name) => ms % UNIT_MS[name] === 0) ?? 'ms';
  return `${ms / UNIT_MS[unit]}${unit}`;
}

/** A duration for people, rounded to its two largest units: `450ms`, `2.1s`, `45s`, `12m03s`, `30m`, `2h05m`, `3d04h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 9950) return `${(Math.round(ms / 100) / 10).toString()}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return pair(seconds, 60, 'm', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(minutes, 60, 'h', 'm');
  return pair(Math.round(minutes / 60), 24, 'd', 'h');
}

/** The first unit of `formatDuration` alone: `6m`, `2h`. */
export function roughDuration(ms: number): string {
  return /^[\d.]+[a-z]+/.exec(formatDuration(ms))?.[0] ?? '';
}

/**
 * A size for people: `812 B`, `12.5 KiB`, `3.4 MiB`. It is rounded down to one decimal, so that a size below a limit never reads as
 * the limit itself.
 */
export function formatSize(bytes: number): string {
  const [unit, unitBytes] = Object.entries(UNIT_BYTES).findLast(([, size]) => bytes >= size) ?? ['B', 1];
  return `${Math.floor((bytes / unitBytes) * 10) / 10} ${unit}`;
}

/** A second unit that is zero is left out: `30m`, not `30m00s`. */
function pair(total: number, perFirst: number, first: string, second: string): string {
  const rest = total % perFirst;
  return `${Math.floor(total / perFirst)}${first}${rest === 0 ? '' : `${String(rest).padStart(2, '0')}${second}`}`;
}

/** Words for the units that people write elsewhere, by their beginning. */
const UNIT_WORDS = [
  [/^(?:ms|msecs?|milliseconds?)$/, 1],
  [/^(?:s|secs?|seconds?)?$/, UNIT_MS.s],
  [/^(?:m|mins?|minutes?)$/, UNIT_MS.m],
  [/^(?:h|hrs?|hours?)$/, UNIT_MS.h],
  [/^(?:d|days?)$/, UNIT_MS.d],
  [/^(?:w|wks?|weeks?)$/, 7 * UNIT_MS.d],
] as const;

/**
 * The duration that was probably meant by a text in another notation, as `parseDuration` reads it: of timeout(1) `.1` (seconds), `1e3s`
 * and `inf`, of others `5 min`, `1h30m`, `-5s`. Undefined if none can be guessed.
 */
export function durationMeant(text: string): string | undefined {
  const plain = text.trim().toLowerCase().replace(/^[-+]/, '');
  if (/^(?:inf|infinity|infinite|never|no|off|0)$/.test(plain)) return 'none';
  const parts = [...plain.matchAll(/(\d+\.?\d*(?:e\d+)?|\.\d+(?:e\d+)?)\s*([a-z]*)\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== plain) return undefined;
  if (parts.length > 1 && parts.some(([, , unit]) => unit === '')) return undefined;
  const ms = parts.reduce((sum, [, amount, unit = '']) => {
    const [, unitMs = Number.NaN] = UNIT_WORDS.find(([words]) => words.test(unit)) ?? [];
    return sum + Number(amount) * unitMs;
  }, 0);
  return ms >= 1 && Number.isFinite(ms) ? exactDuration(Math.round(ms)) : undefined;
}

/** The size that was probably meant: `10MB`, `10m` and `10 MiB` are `10MiB`. Undefined if none can be guessed. */
export function sizeMeant(text: string): string | undefined {
  const [, amount = '', letter = ''] = /^\s*(\d+)\s*([kmgt])(?:i?b)?\s*$/i.exec(text) ?? [];
  return amount === '' ? undefined : `${amount}${letter.toUpperCase()}iB`;
}
