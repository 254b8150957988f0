import { expect, test } from 'vitest';
import { lacking } from './labels.ts';

test.each<[asked: string[], has: string[], lacks: string[]]>([
  [[], [], []],
  [['cuda'], [], ['cuda']],
  [['cuda'], ['cuda'], []],
  [['cuda'], ['cuda=12'], []],
  [['cuda=12'], ['cuda'], ['cuda=12']],
  [['cuda=12'], ['cuda=12.4'], []],
  [['cuda=13'], ['cuda=12.4'], ['cuda=13']],
  [['mem=32GiB'], ['mem=64GiB'], []],
  [['mem=32GiB'], ['mem=512MiB'], ['mem=32GiB']],
  [['mem=64GiB'], ['mem=64GiB'], []],
  [['arch=arm64'], ['arch=arm64'], []],
  [['arch=arm64'], ['arch=x64'], ['arch=arm64']],
  [['zone=2a'], ['zone=3'], ['zone=2a']],
  [['a', 'b', 'c'], ['b'], ['a', 'c']],
  [['cuda'], ['cudax'], ['cuda']],
])('%j of a worker with %j lacks %j', (asked, has, lacks) => expect(lacking(asked, has)).toEqual(lacks));
