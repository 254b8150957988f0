/**
 * True if a program has a later version than another: `pm 1.10.0` is newer than `pm 1.9.3`, and a release is newer than
 * its release candidates (`1.0.0-rc.1`). A version that cannot be read is not newer, so of two such programs neither
 * replaces the other.
 */
export function isNewerProgram(program: string, other: string): boolean {
  const [mine, theirs] = [versionOf(program), versionOf(other)];
  if (mine === undefined || theirs === undefined) return false;
  const at = mine.numbers.findIndex((number, i) => number !== theirs.numbers[i]);
  if (at >= 0) return (mine.numbers[at] ?? 0) > (theirs.numbers[at] ?? 0);
  if (mine.before === '' || theirs.before === '') return mine.before === '' && theirs.before !== '';
  return mine.before.localeCompare(theirs.before, 'en', { numeric: true }) > 0;
}

function versionOf(program: string): { numbers: number[]; before: string } | undefined {
  const [, numbers, before = ''] =
    /(?:^| )v?(\d{1,9}(?:\.\d{1,9}){2})(?:-([0-9A-Za-z.-]{1,64}))?(?:\+\S*)?$/.exec(program) ?? [];
  return numbers === undefined ? undefined : { numbers: numbers.split('.').map(Number), before };
}
