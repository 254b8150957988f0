// `npm start` runs this: a success, a failure and a hang with real commands. What follows a `$` line is printed by pm itself.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'apps/cli/dist/main.cjs');
const bin = mkdtempSync(join(tmpdir(), 'pm-bin-'));
symlinkSync(main, join(bin, 'pm'));
process.on('exit', () => rmSync(bin, { recursive: true, force: true }));
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };

const say = (text) => console.log(`\n${text}`);
const quiet = (...args) => spawnSync('pm', args, { cwd: here, env, encoding: 'utf8' });
function pm(...args) {
  console.log(`$ pm ${args.map((arg) => (/[^\w./:=~-]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const { status, error } = spawnSync('pm', args, { cwd: here, env, stdio: 'inherit' });
  if (error) throw error;
  return status;
}
function expectStatus(status, wanted, what) {
  if (status !== wanted) throw new Error(`${what}: exit status ${status} instead of ${wanted}`);
}

// Two of these jobs fail each time. After three failures in a row, their breakers would refuse them.
for (const step of ['suite', 'hang']) quiet('breaker', 'reset', step, '--reason', 'the tour lets them fail');

say('1. A command that succeeds. pm start returns at once, pm wait tells how it ended.');
expectStatus(pm('start', 'count', '--', 'node', 'count-lines.mjs', root), 0, 'start');
expectStatus(pm('wait', 'count'), 0, 'a success');

say('2. A command that fails. The answer has the end of its output.');
expectStatus(
  pm('start', '--wait', 'suite', '--', 'node', '--test', '--test-reporter=dot', 'broken.test.mjs'),
  1,
  'a failure',
);

say('3. A command that hangs. pm sees no activity and ends it with everything it started.');
expectStatus(
  pm('start', 'hang', '--liveness', 'activity', '--stale', '2s', '--grace', '1s', '--', './deadlock.sh'),
  0,
  'start',
);
expectStatus(pm('wait', 'hang'), 123, 'a hang');
const [hang] = JSON.parse(quiet('status', 'hang', '--json').stdout).runs;
console.log(`processes of its tree that are still running: ${hang.survivors?.length ?? 'none'}`);

say('The records are plain files. Any program can read them.');
pm('ls');
const dir = join(root, '.pm');
const flat = readdirSync(dir).filter((name) => /^(count|suite|hang)\./.test(name));
console.log(`.pm: ${flat.join(' ')}`);
console.log(`cat .pm/count.result: ${readFileSync(join(dir, 'count.result'), 'utf8').trim()}`);

say('Next:');
console.log('  npm run link              # puts pm and pm-mcp on your PATH');
console.log('  pm run -- npm test        # any command: prints its output and records how it ended');
console.log(`  pm --help                 # or read ${relative(process.cwd(), join(root, 'README.md'))}`);
