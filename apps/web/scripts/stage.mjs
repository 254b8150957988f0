// A home with three projects in which real runs have ended, run and wait. The screenshots show it.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const PM = resolve(import.meta.dirname, '../../cli/dist/main.cjs');

const TESTS = `
for i in $(seq 1 "$1"); do
  printf '\\033[32m✓\\033[0m test/orders/%s.test.ts \\033[2m(%s tests) %sms\\033[0m\\n' "$(printf 'case-%02d' $i)" $((i % 7 + 3)) $((i * 13 % 90 + 8))
  [ $((i % 9)) = 0 ] && printf '\\033[33mwarn\\033[0m  slow query in orders.list (%s ms)\\n' $((i * 7))
  echo "$i/$1 files" > "$PM_PROGRESS"
  sleep "$2"
done
printf '\\n\\033[1mTest Files\\033[0m  \\033[32m%s passed\\033[0m\\n' "$1"`;

const TRAIN = `
i=0
while [ $i -lt 12000 ]; do
  i=$((i + 1)); j=0
  while [ $j -lt 2500 ]; do j=$((j + 1)); done
  [ $((i % 12)) = 0 ] && printf '\\033[36mepoch %s\\033[0m step %s \\033[2mloss\\033[0m %s.%s \\033[35mlr\\033[0m 3e-4\\n' $((i / 400 + 1)) $i $((3 - i / 5000)) $((i * 37 % 1000)) && echo "$((i / 120)) %" > "$PM_PROGRESS"
  [ $((i % 90)) = 0 ] && sleep 1
done`;

const MIGRATE = `
import sys, time
for table in ("users", "orders", "invoices", "payments"):
    print(f"\\033[2m{time.strftime('%H:%M:%S')}\\033[0m  migrating \\033[1m{table}\\033[0m ... \\033[32mok\\033[0m", flush=True)
    time.sleep(0.1)
for i in range(60):
    print(f"\\033[2m{time.strftime('%H:%M:%S')}\\033[0m  copied rows {i * 5000:>7} to {(i + 1) * 5000:>7}", flush=True)
def convert(value):
    return int(value)
def migrate_prices(rows):
    return [convert(row) for row in rows]
migrate_prices(["1200", "950", "n/a"])`;

/** Fills a new home. `quick`: without the history. Returns what a caller needs, and how to end all of it. */
export async function setStage({ quick = false } = {}) {
  const home = mkdtempSync(join(tmpdir(), 'pm-stage-'));
  const env = { ...process.env, HOME: home, XDG_STATE_HOME: join(home, '.local/state'), NO_COLOR: '1' };
  for (const name of ['PM_DIR', 'PM_RUN_ID', 'CI']) delete env[name];
  const project = (name) => {
    const folder = join(home, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{}');
    return folder;
  };
  const [api, shop, models] = ['shop/api', 'shop/storefront', 'research/models'].map(project);
  const pm = async (cwd, ...args) => {
    const { stdout } = await promisify(execFile)(process.execPath, [PM, ...args], { cwd, env }).catch(
      (failed) => failed,
    );
    return stdout;
  };
  const sh = (script, ...args) => ['--', 'sh', '-c', script, 'sh', ...args.map(String)];

  if (!quick) {
    await Promise.all([
      (async () => {
        for (const pace of [0.02, 0.03, 0.02, 0.04, 0.02, 0.03, 0.02])
          await pm(api, 'start', 'test', '--wait', ...sh(TESTS, 40, pace));
        await pm(api, 'start', 'build', '--wait', ...sh('echo bundling; sleep 1; echo done'));
        for (const _ of [1, 2]) await pm(api, 'start', 'migrate', '--wait', '--', 'python3', '-c', MIGRATE);
      })(),
      (async () => {
        for (const pause of [1, 0.6, 0.9])
          await pm(shop, 'start', 'e2e', '--wait', ...sh('sleep "$1"; echo 24 scenarios passed', pause));
        await pm(
          shop,
          'start',
          'e2e',
          '--wait',
          '--timeout',
          '2s',
          '--grace',
          '1s',
          ...sh('echo waiting for the browser; sleep 60'),
        );
        for (const pause of [1, 0.6, 0.9])
          await pm(shop, 'start', 'e2e', '--wait', ...sh('sleep "$1"; echo 24 scenarios passed', pause));
        await pm(shop, 'start', 'lint', '--wait', ...sh('echo 0 problems'));
      })(),
      (async () => {
        for (const code of [0, 0, 3])
          await pm(
            models,
            'start',
            'backtest',
            '--wait',
            ...sh(
              'echo loading prices; sleep 0.4; [ $1 = 0 ] || echo "ERROR: 14 rows without a price" >&2; exit $1',
              code,
            ),
          );
        await pm(models, 'start', 'fetch-data', ...sh('sleep 60'));
        await pm(models, 'stop', 'fetch-data', '--reason', 'wrong source');
        await pm(models, 'start', 'features', '--wait', ...sh('echo 212 columns; sleep 0.5'));
      })(),
    ]);
  }
  await pm(models, 'queue', 'set', 'gpu', '--slots', '1');
  await pm(models, 'start', 'train', '--queue', 'gpu', '--timeout', '2h', '--', 'sh', '-c', TRAIN);
  await pm(models, 'start', 'tune', '--queue', 'gpu', ...sh('sleep 5'));
  await pm(models, 'start', 'evaluate', '--queue', 'gpu', '--after', 'tune', ...sh('sleep 5'));
  await pm(api, 'start', 'test', '--timeout', '10m', ...sh(TESTS, 160, 0.5));
  await pm(shop, 'start', 'dev', '--service', ...sh('echo ready on port 3000; exec sleep 600'));
  await pm(
    shop,
    'start',
    'e2e',
    '--timeout',
    '40s',
    '--grace',
    '1s',
    ...sh('for i in 1 2 3 4 5 6 7 8 9; do echo "scenario $i of 24"; sleep 8; done'),
  );
  const close = async () => {
    for (const folder of [api, shop, models]) {
      const { runs = [] } = JSON.parse((await pm(folder, 'ls', '--json')) || '{}');
      const live = runs.filter(({ state }) => state !== 'ended').map(({ step }) => step);
      if (live.length > 0) await pm(folder, 'stop', '--force', ...live);
    }
    await rm(home, { recursive: true, force: true, maxRetries: 50 });
  };
  return { home, env, api, shop, models, pm, close };
}
