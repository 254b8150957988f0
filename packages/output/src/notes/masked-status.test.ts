import { expect, test } from 'vitest';
import { type MaskedStatus, maskedStatus } from './masked-status.ts';

type Row = [script: string, kind: MaskedStatus['kind'], command: string, isLikelyUnintended?: boolean];

test.each<Row>([
  ['./t.sh 2>&1 | tail -15', 'pipeline', 'tail -15'],
  ['npm test |& tee test.log', 'pipeline', 'tee test.log'],
  ['cd app && pytest -q 2>&1 | grep -v warn', 'pipeline', 'grep -v warn'],
  ['set -e; make | tee build.log', 'pipeline', 'tee build.log'],
  ['pytest | sed "s/|/;/" | head -n 3', 'pipeline', 'head -n 3'],
  ['(cd app; make 2>&1 | tail -5)', 'pipeline', 'tail -5'],
  ['set -o pipefail; a | cat; set +o pipefail; make | tail', 'pipeline', 'tail'],
  ['make # | true\n./t.sh | /usr/bin/tail -1', 'pipeline', '/usr/bin/tail -1'],
  ['python export.py | python import.py', 'pipeline', 'python import.py', false],
  ['pytest || true', 'always-succeeds', 'true'],
  ['make && ./t.sh || echo failed', 'always-succeeds', 'echo failed'],
  ['pytest || :', 'always-succeeds', ':'],
  ['pytest || exit 0', 'always-succeeds', 'exit 0'],
  ['pytest || { echo sorry; }', 'always-succeeds', '(echo sorry;)'],
  ['pytest; echo done', 'always-succeeds', 'echo done'],
  ['make\n./t.sh\necho "finished; all good"\n', 'always-succeeds', 'echo "finished; all good"'],
  ['./a & ./b & wait', 'always-succeeds', 'wait'],
  ['node server.js &', 'background', 'node server.js'],
  ['make && (sleep 3; ./t.sh) &', 'background', '(sleep 3; ./t.sh)'],
  ['pytest; make report', 'sequence', 'make report', false],
  ['pytest >out.log 2>&1; tail out.log', 'sequence', 'tail out.log'],
  ['make 2>&1 | tee log && echo built', 'pipeline', 'tee log'],
  ['make | tail || exit 1', 'pipeline', 'tail'],
  ['time ./t.sh | tail', 'pipeline', 'tail'],
  ['out=$(./t.sh 2>&1); echo "$out"', 'always-succeeds', 'echo "$out"'],
  ['x=`make`; cat log', 'sequence', 'cat log'],
  ['cd app; log="$(npm test)"; tail -5 log', 'sequence', 'tail -5 log'],
  ['./t.sh; echo "exit: $?"', 'always-succeeds', 'echo "exit: $?"', false],
  ['npm test > log 2>&1; echo EXIT=$?', 'always-succeeds', 'echo EXIT=$?', false],
  ['pytest; rc=$?; echo "rc $rc"', 'always-succeeds', 'echo "rc $rc"', false],
  ['set -e; make 2>&1 | tail -5; make install', 'pipeline', 'tail -5'],
  ['set -e\n./a\n./t.sh | grep -v DEBUG\necho done', 'pipeline', 'grep -v DEBUG'],
  ['set -e; ./gen | ./check; ./b', 'pipeline', './check', false],
  ['curl -s localhost | grep -q up', 'pipeline', 'grep -q up', false],
])('%j tells only one status', (script, kind, command, isLikelyUnintended = true) => {
  expect(maskedStatus(['sh', '-c', script])).toEqual({ kind, command, isLikelyUnintended });
});

test.each<[what: string, ...argv: string[]]>([
  ['no shell', 'pytest', '|', 'tail'],
  ['a script of a file', 'sh', 'test.sh'],
  ['one command', 'sh', '-c', 'exec pytest -q'],
  ['pipefail by an option', 'bash', '-o', 'pipefail', '-c', './t.sh | tail -15'],
  ['pipefail among options', 'bash', '-euo', 'pipefail', '-c', './t.sh | tail -15'],
  ['pipefail within', 'bash', '-c', 'set -o pipefail; ./t.sh | tail'],
  ['pipefail with others', 'bash', '-c', 'set -euo pipefail\n./t.sh | tail'],
  ['pipefail in a group', 'bash', '-c', 'set -o pipefail; (./t.sh | tail)'],
  ['the statuses of a pipeline', 'bash', '-c', './t.sh | tail; exit $PIPESTATUS'],
  ['a pipe in quotes', 'sh', '-c', 'grep "a|b" file'],
  ['a pipe in a substitution', 'sh', '-c', 'x=$(ls | wc -l) && ./t.sh "$x"'],
  ['a command that is only fed', 'sh', '-c', 'yes | apt-get install x'],
  ['a file that is fed', 'sh', '-c', 'cat dump.sql | psql db'],
  ['an end after a failure', 'sh', '-c', 'make || exit 1'],
  ['an end after a message', 'sh', '-c', 'make || { echo failed; exit 1; }'],
  ['a chain', 'sh', '-c', 'make && ./t.sh && echo done'],
  ['errexit', 'sh', '-ec', 'make; ./t.sh; echo done'],
  ['errexit within', 'sh', '-c', 'set -e\nmake\n./t.sh\necho done'],
  ['nothing before that can fail much', 'sh', '-c', 'cd app; export A=1; npm test'],
  ['a status that is kept', 'sh', '-c', 'pytest; rc=$?; echo done; exit $rc'],
  ['an assignment that only looks', 'sh', '-c', 'root=$(git rev-parse --show-toplevel); cd "$root"; npm test'],
  ['an assignment of a sum', 'sh', '-c', 'n=$((1 + 2)); npm test'],
  ['a status that decides', 'sh', '-c', 'pytest; [ $? -le 1 ]'],
  ['errexit with pipefail', 'bash', '-ec', 'set -o pipefail; make | tail; make install'],
  ['a wait for one job', 'sh', '-c', './a & pid=$!; wait $pid'],
  ['a loop, which is not understood', 'sh', '-c', 'for i in 1 2; do ./t.sh | tail; done'],
  ['a here-document, which is not understood', 'sh', '-c', 'cat <<E | tail\nx\nE'],
  ['a quote that does not end', 'sh', '-c', "echo 'x | tail"],
  ['redirections', 'sh', '-c', './t.sh >out 2>&1 && ./u.sh &>log'],
  ['no script', 'sh', '-c'],
])('%s hides nothing', (_, ...argv) => {
  expect(maskedStatus(argv)).toBeUndefined();
});

test.each([
  [['env', 'A=1', 'bash', '-lc', 'make | tail']],
  [['timeout', '10', '/bin/sh', '-xc', 'make | tail']],
  [['docker', 'exec', 'app', 'sh', '-c', 'make | tail']],
  [['busybox', 'sh', '-c', 'make | tail']],
])('the shell may stand anywhere: %j', (argv) => {
  expect(maskedStatus(argv)).toMatchObject({ kind: 'pipeline', command: 'tail' });
});

test('a hostile script takes no time', () => {
  for (const piece of ['(', '$(', '"', "'", '`', '| ', '{ ', '\\', 'a|', '${'])
    expect(() => maskedStatus(['sh', '-c', piece.repeat(5_000)])).not.toThrow();
});
