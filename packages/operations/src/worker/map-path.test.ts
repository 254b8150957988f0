import { describe, expect, test } from 'vitest';
import { placeOnHost, readPathMap } from './map-path.ts';

const MAPS = [
  readPathMap('/home/ann/app=/srv/app'),
  readPathMap('/home/ann/app/data=/mnt/data'),
  readPathMap('/opt=/opt'),
];

describe('where an entry runs', () => {
  test.each<[cwd: string, from: string, maps: typeof MAPS, place: string | undefined]>([
    ['.', '/home/ann/app', [], '/srv/host'],
    ['sub/dir', '/home/ann/app/sub/dir', [], '/srv/host/sub/dir'],
    ['/tmp/other', '/tmp/other', [], undefined],
    ['../other', '/home/ann/other', [], undefined],
    ['sub', '/home/ann/app/sub', MAPS, '/srv/app/sub'],
    ['data/x', '/home/ann/app/data/x', MAPS, '/mnt/data/x'],
    ['/opt/tool', '/opt/tool', MAPS, '/opt/tool'],
    ['/home/ann/apple', '/home/ann/apple', MAPS, undefined],
  ])('%s (%s) with %j: %s', (cwd, from, maps, place) =>
    expect(placeOnHost({ cwd, from }, '/srv/host', maps)).toBe(place),
  );
});

test.each(['', '/a', 'a=/b', '/a=b', '=', '/a='])('%j is no map', (written) =>
  expect(() => readPathMap(written)).toThrow(expect.objectContaining({ code: 'usage' })),
);
