// `node scripts/test-summary.mjs`: the last step of `npm test`. Adds up what the test task of each package has left in
// `.tests/summary.json`, names every skipped test, and fails if a package has no summary: its tests did not run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Skipped tests of one file that are named; of more the rest is counted. */
const NAMED = 3;

const root = fileURLToPath(new URL('..', import.meta.url));
const summaries = ['.', ...packagesWithTests()].map((folder) => ({ folder, ...summaryOf(folder) }));

for (const { folder, passed, failed, skipped, seconds } of summaries) {
  const counts = [`${passed} passed`, `${failed} failed`, `${countOf(skipped)} skipped`].join(', ');
  console.log(`${folder === '.' ? 'repository' : folder}: ${counts}, ${seconds.toFixed(1)} s`);
}

const skips = summaries.flatMap(({ folder, skipped }) =>
  Object.entries(skipped).map(([file, titles]) => ({ file: join(folder, file), titles })),
);
if (skips.length > 0) console.log('\nSkipped, because something that they need is not on this machine:');
for (const { file, titles } of skips) {
  console.log(`  ${file}: ${titles.length}`);
  for (const title of titles.slice(0, NAMED)) console.log(`    ${title}`);
  if (titles.length > NAMED) console.log(`    and ${titles.length - NAMED} more`);
}

const total = (pick) => summaries.reduce((sum, summary) => sum + pick(summary), 0);
console.log(`\n${total(({ seconds }) => seconds).toFixed(1)} seconds of tests`);
const [passed, failed, skipped] = [
  ({ passed }) => passed,
  ({ failed }) => failed,
  ({ skipped }) => countOf(skipped),
].map(total);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
if (failed > 0 || passed === 0) process.exitCode = 1;

function packagesWithTests() {
  return ['packages', 'apps', 'plugins'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => join(group, name))
      .filter((folder) => {
        const manifest = join(root, folder, 'package.json');
        return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.test !== undefined;
      }),
  );
}

function summaryOf(folder) {
  const file = join(root, folder, '.tests/summary.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  console.error(`${file} is missing: the tests of ${folder} did not run. Run \`npm test\`.`);
  process.exit(1);
}

function countOf(skipped) {
  return Object.values(skipped).reduce((sum, titles) => sum + titles.length, 0);
}
