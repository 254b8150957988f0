// The job of every trial: it prints 240 lines, waits until it may end, and writes what it did to a file of its own. That file is the truth.
import { existsSync, writeFileSync } from 'node:fs';
import { isAlive } from './machine/identity.mjs';
import { until } from './machine/until.mjs';
import { readIf } from './machine/world.mjs';

export const CAUSE = "column 'total' is missing";
const NOUNS = ['order', 'invoice', 'customer', 'basket', 'price', 'address', 'refund', 'voucher', 'parcel', 'receipt'];
const VERBS = ['keeps', 'rounds', 'rejects', 'merges', 'sorts', 'imports', 'prints', 'locks'];
const ENDINGS = ['a zero', 'two rows', 'an umlaut'];

export const LAST_LINE = testName(239);

/**
 * Makes `job.sh` in the project of `world`. `exit` is its exit status. With `waits` it ends after `release()`, with `forever` never. With
 * `needs`, a file of the project, it fails with status 1 while that file is missing; line 121 then names the cause.
 */
export function makeJob(world, { exit = 0, waits = false, forever = false, needs }) {
  const effects = world.path('effects');
  const go = world.path('go');
  const bad = needs === undefined ? 'false' : `[ ! -e '${needs}' ]`;
  const lines = Array.from({ length: 240 }, (_, i) => `tests/${testName(i)} passed`);
  const fault = `tests/${testName(120)} failed: ${CAUSE}, see ${needs}`;
  writeFileSync(world.path('lines'), `${lines.join('\n')}\n`);
  writeFileSync(world.path('fault'), `${[...lines.slice(0, 120), fault, ...lines.slice(121)].join('\n')}\n`);
  const script = `read -r stat </proc/$$/stat
echo "began $$ $(echo "$stat" | cut -d' ' -f22)" >>'${effects}'
if ${bad}; then cat '${world.path('fault')}'; else cat '${world.path('lines')}'; fi
${waits ? `while [ ! -e '${go}' ]; do sleep 0.1; done` : ''}
${forever ? 'while :; do sleep 1; done' : ''}
sleep 12
if ${bad}; then exit 1; fi
echo "finished ${exit}" >>'${effects}'
exit ${exit}
`;
  writeFileSync(world.path('project/job.sh'), script);
  const began = () => /^began (\d+) (\d+)$/m.exec(readIf(effects));
  return {
    exit,
    began: (explain = () => '') => until(() => began() !== null, { what: () => `the job to begin\n${explain()}` }),
    lives: () => isAlive({ pid: Number(began()[1]), start: began()[2] }),
    finished: () => readIf(effects).includes(`finished ${exit}`),
    release: () => existsSync(world.folder) && writeFileSync(go, ''),
  };
}

function testName(i) {
  const [noun, verb, ending] = [NOUNS[i % 10], VERBS[Math.floor(i / 10) % 8], ENDINGS[Math.floor(i / 80) % 3]];
  return `${noun}.test.js > ${noun} ${verb} ${ending}`;
}

/** Whether a text tells how this step ended: with this exit status. */
export function tells(text, step, exit) {
  const how = exit === 0 ? 'success|completed|exit code:? 0' : `exit(ed|Code| code| status)?[^0-9a-z]{0,6}${exit}\\b`;
  return new RegExp(`${step}\\b[^]{0,400}?(${how})`).test(text);
}
