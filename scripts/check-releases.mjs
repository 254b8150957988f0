// `node scripts/check-releases.mjs [root]`: a release of a package must also release the apps that bundle it.
// Apps carry their workspace packages inside their bundle, so these are devDependencies, and changesets bumps no dependent for
// those: without this check a fixed engine would never reach anybody who installed an app. Needs no git history.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import releasePlan from '@changesets/get-release-plan';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const getReleasePlan = releasePlan.default ?? releasePlan;

const packages = manifestsIn('packages');
const { releases } = await getReleasePlan(root);
const released = new Set(releases.filter(({ type }) => type !== 'none').map(({ name }) => name));

const stale = manifestsIn('apps')
  .filter(({ name, private: isPrivate }) => isPrivate !== true && !released.has(name))
  .map((app) => ({ app, ways: waysInto(app).filter(([name]) => released.has(name)) }))
  .filter(({ ways }) => ways.length > 0);

for (const { app, ways } of stale) {
  for (const way of ways) {
    console.error(`${way.join(' → ')}: ${way[0]} is released, but ${app.name}, which bundles it, is not.`);
  }
  console.error(`Add '${app.name}': patch to a file in .changeset/, with a sentence for its users.`);
  process.exitCode = 1;
}

/** Every package inside an app's bundle, as the way from it into the app. */
function waysInto(app) {
  const seen = new Map();
  const visit = ({ dependencies, devDependencies }, way) => {
    for (const name of Object.keys({ ...dependencies, ...(way.length === 1 && devDependencies) })) {
      const found = packages.find((candidate) => candidate.name === name);
      if (found === undefined || seen.has(name)) continue;
      seen.set(name, [name, ...way]);
      visit(found, [name, ...way]);
    }
  };
  visit(app, [app.name]);
  return [...seen.values()];
}

function manifestsIn(folder) {
  const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  return files
    .map((name) => join(root, folder, name, 'package.json'))
    .filter(existsSync)
    .map((file) => JSON.parse(readFileSync(file, 'utf8')));
}
