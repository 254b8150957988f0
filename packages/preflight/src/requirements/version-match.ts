import { isInRange } from './requires-python.ts';

/**
 * Whether a version of a package is in a range such as `==1.2.3`, `>=2,<3` or `~=1.4` (PEP 440). What cannot be compared counts as in it:
 * pre-releases against `>=`. Pure.
 */
export function isAccepted(version: string, range: string): boolean {
  return range.split(',').every((part) => {
    const [, operator = '', wanted = ''] = /^\s*(===?)?\s*(.*?)\s*$/.exec(part) ?? [];
    if (operator === '===') return version === wanted;
    if (operator === '==' && !wanted.endsWith('*')) return isSameVersion(version, wanted);
    return isInRange(version.replace(/\+.*/, ''), part.trim().replace(/\+.*/, '')) !== false;
  });
}

/** `1.0` is `1.0.0`, `v1.0-RC1` is `1.0rc1`. A version without a local part (`2.1`) is also `2.1+cpu`. */
export function isSameVersion(version: string, wanted: string): boolean {
  const [ours, theirs] = [partsOf(version), partsOf(wanted)];
  return ours.main === theirs.main && (theirs.local === '' || ours.local === theirs.local);
}

function partsOf(version: string): { main: string; local: string } {
  const [main = '', local = ''] = version.trim().toLowerCase().replace(/^v/, '').split('+', 2);
  const [, epoch = '0', release = main, rest = ''] = /^(?:(\d+)!)?(\d+(?:\.\d+)*)(.*)$/.exec(main) ?? [];
  const numbers = release.split('.').map((number) => number.replace(/^0+(?=\d)/, ''));
  while (numbers.length > 1 && numbers.at(-1) === '0') numbers.pop();
  const suffix = rest
    .replace(/^-(\d+)$/, 'post$1')
    .replace(/[-_.]/g, '')
    .replace(/^alpha/, 'a')
    .replace(/^beta/, 'b')
    .replace(/^(?:c|pre|preview)(?=\d|$)/, 'rc')
    .replace(/(?:rev|r)(?=\d+$)/, (mark, at: number, all: string) =>
      all[at + mark.length - 2] === 'c' ? mark : 'post',
    )
    .replace(/^(a|b|rc|post|dev)$/, '$10');
  return { main: `${epoch}!${numbers.join('.')}${suffix}`, local: local.replace(/[-_]/g, '.') };
}
