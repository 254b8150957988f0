import { expect, test } from 'vitest';
import type { Finding, Remedy } from '../check.ts';
import { planFixes } from './plan-fixes.ts';

const SYNC: Remedy = { argv: ['uv', 'sync', '--reinstall'], safety: 'safe' };
const WIPE: Remedy = { argv: ['rm', '-rf', '.venv'], safety: 'needs-approval' };
const FAILED: Finding = { check: 'venv', title: '', state: 'fail', evidence: '', remedies: [SYNC] };

test.each<[what: string, findings: Partial<Finding>[], planned: string[]]>([
  ['nothing is planned where nothing is wrong', [], []],
  ['a failure gets its remedy', [{}], ['uv']],
  ['what needs approval is left to people', [{ remedies: [WIPE] }], []],
  ['of several the first safe one', [{ remedies: [WIPE, SYNC, { ...SYNC, argv: ['later'] }] }], ['uv']],
  ['what several ask for is done once', [{}, { check: 'pip' }], ['uv']],
  ['the same elsewhere is another', [{}, { remedies: [{ ...SYNC, cwd: '/other' }] }], ['uv', 'uv']],
  ['failures come before warnings', [{ state: 'warn', remedies: [{ ...SYNC, argv: ['later'] }] }, {}], ['uv', 'later']],
  ['nobody knows how to mend it', [{ remedies: [] }], []],
])('%s', (_what, patches, planned) => {
  expect(planFixes(patches.map((patch) => ({ ...FAILED, ...patch }))).map(({ argv }) => argv[0])).toEqual(planned);
});
