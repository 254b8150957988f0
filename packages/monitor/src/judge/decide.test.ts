import { DEFAULT_POLICY, LIVENESS, LOOKS_BEFORE_HUNG, type Policy } from '@pm/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { healthy as usual } from '../../test/healthy.ts';
import { decide } from './decide.ts';
import type { Observation, Sighting } from './observation.ts';
import type { LiveState, LostReason, Verdict } from './verdict.ts';

const policy: Policy = { ...DEFAULT_POLICY, liveness: 'output', staleMs: 60_000, graceMs: 10_000 };

/** Looked at as its policy plans it. */
const healthy: Observation = { ...usual, gapMs: 12_000, plannedGapMs: 12_000 };

const exit0 = { cause: 'exit', code: 0 } as const;
const order = { cause: 'timeout', by: 'a monitor', evidence: 'over' } as const;
const silent = { silentMs: policy.staleMs + 1, missedLooks: LOOKS_BEFORE_HUNG };
const over = { elapsedMs: 1_800_001 };
const ordered = { ending: order };
const lostOrder = { ending: { ...order, cause: 'lost' } } as const;
const gone = { wrapper: 'gone', command: 'gone', treeAlive: false } as const;
const resting = { command: 'gone', treeAlive: false, attempt: { n: 1, of: 4, failed: 7 } } as const;
const elsewhere = { wrapper: 'elsewhere', command: 'elsewhere', treeAlive: false } as const;

const leased = { lease: { leftMs: 1, unextendedMs: 14_999 } };
const leaseOver = { lease: { leftMs: 0, unextendedMs: 15_000 } };

const ended = { verdict: 'ended' } as const;
const finishKill = { verdict: 'finish-kill' } as const;
const continueWrapper = { verdict: 'continue-wrapper' } as const;
const running = { verdict: 'waiting', state: 'running' } as const;
const stopping = { verdict: 'waiting', state: 'stopping' } as const;
const suspended = { verdict: 'waiting', state: 'suspended' } as const;
const quiet = { verdict: 'waiting', state: 'quiet' } as const;
const starting = { verdict: 'waiting', state: 'starting' } as const;
const hung = { verdict: 'order', cause: 'hung' } as const;
const timeout = { verdict: 'order', cause: 'timeout' } as const;
const leaseLost = { verdict: 'order', cause: 'lost' } as const;
const lost = (reason: LostReason): Partial<Verdict> => ({ verdict: 'lost', reason });

type Row = readonly [
  sentence: string,
  patch: Partial<Observation>,
  verdict: Partial<Verdict>,
  policy?: Partial<Policy>,
];

const mirror = { worker: 'gpu-1', silentMs: 0, state: 'running', evidence: 'alive', troubles: [] } as const;
const said = (evidence: string, state: LiveState = 'running'): Verdict => ({ verdict: 'waiting', state, evidence });

const rules: Readonly<Record<string, readonly Row[]>> = {
  'A run elsewhere is judged by what its worker has reported': [
    ['its evidence is that of its worker', { mirror }, said('on gpu-1: alive')],
    ['so is its state', { mirror: { ...mirror, state: 'quiet' } }, said('on gpu-1: alive', 'quiet')],
    [
      'nothing that is missed here ends it',
      { mirror, ...gone, ...over, ...silent, rebooted: true },
      said('on gpu-1: alive'),
    ],
    ['its lease is kept where it runs', { mirror, ...leaseOver }, said('on gpu-1: alive')],
    ['a look that comes late needs no other', { mirror, gapMs: 99_999_999 }, said('on gpu-1: alive')],
    [
      'without news that is said',
      { mirror: { ...mirror, silentMs: 12_000 } },
      said('no news from gpu-1 for 12s; its last report: alive'),
      { beatMs: 5_000 },
    ],
    [
      'and after days it is all that is said',
      { mirror: { ...mirror, silentMs: 864_000_000 }, ...gone },
      said('no news from gpu-1 for 10d; its last report: alive'),
    ],
    [
      'an order is on its way to it',
      { mirror, ...ordered },
      said('termination ordered: timeout, to be carried out by gpu-1', 'stopping'),
    ],
    [
      'its worker ends it',
      { mirror: { ...mirror, state: 'stopping' }, ...ordered },
      said('on gpu-1: alive', 'stopping'),
    ],
    ['its worker has told its exit, and not yet its outcome', { mirror, ending: exit0 }, said('on gpu-1: alive')],
    ['its outcome is on record', { mirror, concluded: true }, ended],
  ],
  'An adopted process has no wrapper, and nobody gets its exit status': [
    ['it is alive', { adopted: true, wrapper: 'gone' }, running],
    ['it ended by itself: nobody knows how', { adopted: true, ...gone }, lost('exit-unknown')],
    ['a zombie has ended', { adopted: true, ...gone, command: 'zombie' }, lost('exit-unknown')],
    ['it is over its limit', { adopted: true, wrapper: 'gone', ...over }, timeout],
    ['it is silent', { adopted: true, wrapper: 'gone', ...silent }, hung],
    ['it was ordered to end, and is gone', { adopted: true, ...gone, ...ordered }, ended],
    ['it was ordered to end, and lives', { adopted: true, wrapper: 'gone', ...ordered }, stopping],
    ['it is stopped by a signal', { adopted: true, wrapper: 'gone', command: 'stopped' }, suspended],
    ['the machine restarted', { adopted: true, ...gone, rebooted: true }, lost('rebooted')],
    [
      'elsewhere it has no heartbeat to judge',
      { adopted: true, ...elsewhere, beatAgeMs: 99_999_999, ...silent },
      running,
    ],
  ],
  'Nothing special': [
    ['a healthy run is waited for', {}, running],
    ['a healthy run is waited for at the first look', { gapMs: 0, plannedGapMs: 0 }, running],
  ],
  'An outcome, or an exit, is the end': [
    ['an outcome on record ends it, whatever else is seen', { concluded: true, ...over, ...silent }, ended],
    ['an exit with its ending ends it', { exited: true, ending: exit0 }, ended],
    ['an exit ends it before its ending is out', { exited: true }, ended],
    ['an exit ends it although something it left is alive', { exited: true, ending: exit0, treeAlive: true }, ended],
    ['an exit ends it although the machine restarted since', { exited: true, ending: exit0, rebooted: true }, ended],
    ['an exit ends it although the watcher was starved', { exited: true, ending: exit0, gapMs: 99_999_999 }, ended],
    ['an exit under an order ends it once the tree is gone', { exited: true, ...ordered, ...gone }, ended],
    ['an exit under an order is no end while the tree lives', { exited: true, ...ordered, wrapper: 'gone' }, stopping],
    [
      'an exit under an order: the rest of the tree is killed after the grace',
      { exited: true, ...ordered, wrapper: 'gone', command: 'gone', orderAgeMs: 10_001 },
      finishKill,
    ],
    ['an exit under an order ends a run whose tree is elsewhere', { exited: true, ...ordered, ...elsewhere }, ended],
  ],
  'A restart of the machine loses what was alive': [
    ['a run from before a restart is lost', { rebooted: true, ...elsewhere }, lost('rebooted')],
    ['even if the watcher was starved', { rebooted: true, gapMs: 99_999_999 }, lost('rebooted')],
  ],
  'A lease that is over ends the run at once': [
    ['until then nothing is changed by it', leased, running],
    ['its last instant is over', leaseOver, leaseLost],
    ['however late the look is: an instant is over once and for all', { ...leaseOver, gapMs: 99_999_999 }, leaseLost],
    ['before any other order', { ...leaseOver, ...over, ...silent }, leaseLost],
    ['if nothing has begun, so that nothing will', { ...leaseOver, wrapper: 'unseen', command: 'unseen' }, leaseLost],
    ['if its wrapper is gone', { ...leaseOver, wrapper: 'gone' }, leaseLost],
    ['if its wrapper is stopped', { ...leaseOver, wrapper: 'stopped' }, leaseLost],
    ['if its command is stopped', { ...leaseOver, command: 'stopped' }, leaseLost],
    ['between two attempts', { ...leaseOver, ...resting }, leaseLost],
    [
      'if no process can be identified: its wrapper does it',
      { ...leaseOver, ...elsewhere, unidentified: true },
      leaseLost,
    ],
    ['if only what a dead command has left is alive', { ...leaseOver, ...gone, treeAlive: true }, leaseLost],
    ['if all is gone it was lost before', { ...leaseOver, ...gone }, lost('wrapper-gone')],
    ['a command that has ended by itself keeps its exit', { ...leaseOver, command: 'gone', treeAlive: false }, running],
    [
      'also as a zombie under a stopped wrapper',
      { ...leaseOver, wrapper: 'stopped', command: 'zombie' },
      continueWrapper,
    ],
    ['an exit on record is the end', { ...leaseOver, exited: true, ending: exit0, treeAlive: true }, ended],
    ['an outcome is the end', { ...leaseOver, concluded: true }, ended],
    ['a restart has ended it before', { ...leaseOver, ...elsewhere, rebooted: true }, lost('rebooted')],
    ['another order keeps its place, but its grace is over', { ...leaseOver, ...ordered, orderAgeMs: 0 }, finishKill],
    [
      'an exit under an order: the rest of the tree goes at once',
      { ...leaseOver, exited: true, ...ordered, wrapper: 'gone', command: 'gone', orderAgeMs: 0 },
      finishKill,
    ],
    [
      'with a dead tree the wrapper records the exit',
      { ...leaseOver, ...lostOrder, command: 'gone', treeAlive: false },
      stopping,
    ],
    ['with tree and wrapper gone the order is the outcome', { ...leaseOver, ...lostOrder, ...gone }, ended],
    [
      'once ordered, it has no grace, even if the lease was extended too late',
      { ...leased, ...lostOrder, orderAgeMs: 1 },
      finishKill,
    ],
  ],
  'A clock that jumped, a watcher that was starved: look again': [
    ['a look at twice its plan and two seconds is in time', { gapMs: 26_000, ...silent }, hung],
    ['one millisecond more is too late to hold anything against the run', { gapMs: 26_001, ...silent }, running],
    ['too late for a limit', { gapMs: 26_001, ...over }, running],
    ['too late for a loss', { gapMs: 26_001, ...gone }, running],
    ['too late for a kill', { gapMs: 26_001, ...ordered, orderAgeMs: 99_999 }, stopping],
    ['a first look has no plan to be late for', { gapMs: 0, plannedGapMs: 0, ...over }, timeout],
  ],
  'An ending without an exit is an order': [
    ['it is left to who gave it for the length of the grace', { ...ordered, orderAgeMs: 10_000 }, stopping],
    ['one millisecond more and the kill is finished by anyone', { ...ordered, orderAgeMs: 10_001 }, finishKill],
    ['without a grace it is finished one millisecond later', { ...ordered, orderAgeMs: 1 }, finishKill, { graceMs: 0 }],
    ['an order stands before a limit and a silence', { ...ordered, ...over, ...silent }, stopping],
    ['a dead tree leaves the wrapper to record the exit', { ...ordered, command: 'gone', treeAlive: false }, stopping],
    [
      'a wrapper that cannot record the exit of a dead command is given the grace and five seconds',
      { ...ordered, command: 'gone', treeAlive: false, orderAgeMs: 15_000 },
      stopping,
    ],
    [
      'one millisecond more and the order is outcome enough',
      { ...ordered, command: 'gone', treeAlive: false, orderAgeMs: 15_001 },
      ended,
    ],
    [
      'a command that cannot be seen is not known to be dead',
      { ...ordered, command: 'elsewhere', treeAlive: false, orderAgeMs: 99_999 },
      stopping,
    ],
    ['a stopped wrapper is continued to record it', { ...ordered, ...gone, wrapper: 'stopped' }, continueWrapper],
    ['with tree and wrapper gone the order is the outcome', { ...ordered, ...gone }, ended],
    ['elsewhere it is left to the beating side', { ...ordered, ...elsewhere, beatAgeMs: 60_000 }, stopping],
    [
      'elsewhere, one millisecond more without a beat, it is the outcome',
      { ...ordered, ...elsewhere, beatAgeMs: 60_001 },
      ended,
    ],
  ],
  'A run that never started is lost': [
    [
      'for ten seconds it is starting',
      { wrapper: 'unseen', command: 'unseen', treeAlive: false, sinceClaimMs: 10_000 },
      starting,
    ],
    [
      'one millisecond more is lost',
      { wrapper: 'unseen', command: 'unseen', treeAlive: false, sinceClaimMs: 10_001 },
      lost('never-started'),
    ],
    [
      'not while its records come or go: somebody may be deleting them',
      { wrapper: 'unseen', command: 'unseen', treeAlive: false, sinceClaimMs: 10_001, changing: true },
      starting,
    ],
    [
      'nor with a beat on record: somebody has deleted the rest',
      { wrapper: 'unseen', command: 'unseen', treeAlive: false, sinceClaimMs: 10_001, begun: true },
      starting,
    ],
    ['a wrapper without a command has started', { command: 'unseen', treeAlive: false, sinceClaimMs: 10_001 }, running],
  ],
  'A run without wrapper and command is lost': [
    ['both gone and no exit is lost', gone, lost('wrapper-gone')],
    ['a zombie command counts as gone', { ...gone, command: 'zombie' }, lost('wrapper-gone')],
    ['a command that was never seen counts as gone', { ...gone, command: 'unseen' }, lost('wrapper-gone')],
    ["one whose files are the next run's was superseded", { ...gone, superseded: true }, lost('superseded')],
    [
      'also if nobody could say which process it was',
      { ...gone, wrapper: 'elsewhere', superseded: true },
      lost('superseded'),
    ],
    ['what the command left behind does not save it', { ...gone, treeAlive: true }, lost('wrapper-gone')],
    ['a command that lives on is waited for', { wrapper: 'gone' }, running],
    ['a stopped command lives on', { wrapper: 'gone', command: 'stopped' }, suspended],
    ['a command that lives on may still be hung', { wrapper: 'gone', ...silent }, hung],
    ['a command that lives on may still be late', { wrapper: 'gone', ...over }, timeout],
  ],
  'A wrapper that is stopped over a zombie is continued': [
    ['a zombie under a stopped wrapper', { wrapper: 'stopped', command: 'zombie', treeAlive: false }, continueWrapper],
    ['even over its limit', { wrapper: 'stopped', command: 'zombie', ...over }, continueWrapper],
    ['one that it has reaped, and not recorded', { wrapper: 'stopped', command: 'gone' }, continueWrapper],
    ['but not between two attempts', { wrapper: 'stopped', ...resting }, running],
    ['a zombie under a running wrapper is reaped in a moment', { command: 'zombie', treeAlive: false }, running],
    ['a stopped wrapper over a living command is let be', { wrapper: 'stopped' }, running],
  ],
  'A run of another host or pid namespace is judged by its beat': [
    ['it is waited for as long as it beats', { ...elsewhere, beatAgeMs: 60_000, missedLooks: 9 }, running],
    ['one millisecond more is lost', { ...elsewhere, beatAgeMs: 60_001, missedLooks: 3 }, lost('beat-stale')],
    ['two looks are too few', { ...elsewhere, beatAgeMs: 60_001, missedLooks: 2 }, running],
    ['its silence proves nothing here', { ...elsewhere, ...silent }, running],
    ['its limit is the same', { ...elsewhere, ...over }, timeout],
  ],
  'A suspended command owes no sign of life': [
    ['it is suspended', { command: 'stopped' }, suspended],
    ['it is never hung', { command: 'stopped', ...silent }, suspended],
    ['its limit is the same', { command: 'stopped', ...over }, timeout],
  ],
  'Between two attempts it owes no sign of life': [
    ['it is waited for', resting, running],
    ['it is never hung', { ...resting, ...silent }, running],
    ['what a failed attempt left running does not make it hung', { ...resting, ...silent, treeAlive: true }, running],
    ['its limit is the same', { ...resting, ...over }, timeout],
    ['without its wrapper no attempt will follow', { ...resting, wrapper: 'gone' }, lost('wrapper-gone')],
    ['an order leaves the wrapper to record the exit', { ...resting, ...ordered }, stopping],
    ['an exit is the end', { ...resting, exited: true, ending: exit0 }, ended],
    [
      'an attempt that is on may be hung like any other',
      { ...silent, attempt: { n: 2, of: 4, failed: undefined } },
      hung,
    ],
  ],
  'Over its limit it is a timeout': [
    ['the limit itself is granted', { elapsedMs: 1_800_000 }, running],
    ['one millisecond more is a timeout', { elapsedMs: 1_800_001 }, timeout],
    ['a limit of none is never over', { elapsedMs: 999_999_999, limitMs: null }, running],
    ['a timeout comes before a silence', { ...over, ...silent }, timeout],
    [
      'a command that has ended is not late, however long its exit cannot be written',
      { ...over, command: 'gone', treeAlive: false },
      running,
    ],
    ['nor is a zombie', { ...over, command: 'zombie', unrecordedMs: 2_001 }, running],
    ['between two attempts it is late like any other', { ...over, ...resting }, timeout],
  ],
  'Without the evidence of its policy it is hung': [
    ['silent for the stale time is not yet hung', { ...silent, silentMs: 60_000 }, running],
    ['one millisecond more is hung', { ...silent, silentMs: 60_001 }, hung],
    ['two missed looks are too few', { ...silent, missedLooks: 2 }, running],
    ['by its activity', silent, hung, { liveness: 'activity' }],
    ['by its own beats', silent, hung, { liveness: 'beat' }],
    ['by its ready checks', { ...silent, failing: '503' }, hung, { liveness: 'check' }],
    ['never by its wrapper alone', silent, running, { liveness: 'wrapper' }],
    ['nor by a beat that was lost', { beatAgeMs: 999_999, missedLooks: 99 }, running, { liveness: 'wrapper' }],
    ['a zombie is not hung', { ...silent, command: 'zombie' }, running],
    ['a command that is gone is not hung', { ...silent, command: 'gone', treeAlive: false }, running],
    ['a command that cannot be seen is not hung', { ...silent, command: 'elsewhere' }, running],
  ],
  'Otherwise it is waited for, perhaps quiet': [
    ['five minutes without a stir are not yet quiet', { quietMs: 300_000 }, running],
    ['one millisecond more is quiet', { quietMs: 300_001 }, quiet],
    ['a service is never quiet', { quietMs: 99_999_999 }, running, { liveness: 'wrapper', service: true }],
    ['a quiet run is waited for', { quietMs: 99_999_999 }, quiet, { liveness: 'wrapper' }],
    ['a suspended run is not called quiet', { quietMs: 300_001, command: 'stopped' }, suspended],
  ],
};

for (const [rule, rows] of Object.entries(rules)) {
  describe(rule, () => {
    for (const [sentence, patch, verdict, change] of rows) {
      test(sentence, () => {
        expect(decide({ ...healthy, ...patch }, { ...policy, ...change })).toMatchObject(verdict);
      });
    }
  });
}

describe('the evidence says', () => {
  const evidence = (patch: Partial<Observation>, change: Partial<Policy> = {}): unknown => {
    const verdict = decide({ ...healthy, ...patch }, { ...policy, ...change });
    return 'evidence' in verdict ? verdict.evidence : verdict.verdict;
  };
  test.each<[string, Partial<Observation>, Partial<Policy>, string]>([
    ['that both live', {}, {}, 'wrapper and command alive'],
    ['no more than is known', { command: 'elsewhere' }, {}, 'wrapper alive; its command cannot be identified'],
    [
      'that the exit status will be unknown',
      { wrapper: 'gone' },
      {},
      'the wrapper is gone, the command is alive: its exit status will be unknown',
    ],
    ['that an exit is being recorded', { command: 'zombie' }, {}, 'the command has ended, its exit is being recorded'],
    [
      'which attempt failed, and when the next begins',
      resting,
      { backoffMs: 30_000 },
      'attempt 1 of 4 ended with exit 7; the next begins 30s after that',
    ],
    [
      'that the exit of the last attempt is being recorded',
      { ...resting, attempt: { n: 4, of: 4, failed: undefined } },
      {},
      'the command has ended, its exit is being recorded',
    ],
    ['how to continue', { command: 'stopped' }, {}, 'stopped by a signal; kill -CONT continues it'],
    ['for how long it was quiet', { quietMs: 360_000 }, {}, 'no output, CPU or I/O for 6m'],
    [
      'that the beat is lost',
      { beatAgeMs: 60_001 },
      { liveness: 'wrapper' },
      'no heartbeat for 1m, but wrapper and command are alive',
    ],
    [
      'where it beats, and when it last did',
      elsewhere,
      {},
      'on another host or in another pid namespace; its last heartbeat was 3s ago',
    ],
    [
      'that no process is known',
      { ...elsewhere, unidentified: true },
      {},
      'malformed: its records name no process that can be identified; its last heartbeat was 3s ago',
    ],
    ['that it looks again', { gapMs: 100_000 }, {}, 'the last look was 1m40s ago: looking again before judging'],
    ['what was ordered', ordered, {}, 'termination ordered: timeout'],
    [
      'for how long the lease was not extended',
      { lease: { leftMs: -250, unextendedMs: 12_040 } },
      {},
      'its worker has not extended its lease for 12s',
    ],
    ['how long it ran', over, {}, 'ran 30m, limit 30m'],
    ['which proof is missing', silent, {}, 'no output for 1m on 3 looks, limit 1m; the command was alive'],
  ])('%s', (_, patch, change, text) => {
    expect(evidence(patch, change)).toBe(text);
  });
});

describe('whatever is seen', () => {
  const sighting = fc.constantFrom<Sighting[]>('unseen', 'running', 'stopped', 'zombie', 'gone', 'elsewhere');
  const ms = fc.oneof(fc.constantFrom(0, 1, 10_000, 10_001, 60_000, 60_001, 1_800_001), fc.nat(10_000_000));
  const observation: fc.Arbitrary<Observation> = fc.record({
    gapMs: ms,
    plannedGapMs: ms,
    concluded: fc.boolean(),
    exited: fc.boolean(),
    ending: fc.constantFrom(undefined, exit0, order, { ...order, cause: 'hung' as const }, lostOrder.ending),
    orderAgeMs: ms,
    rebooted: fc.boolean(),
    wrapper: sighting,
    command: sighting,
    attempt: fc.constantFrom(undefined, { n: 1, of: 3, failed: 1 }, { n: 2, of: 3, failed: undefined }),
    treeAlive: fc.boolean(),
    sinceClaimMs: ms,
    elapsedMs: ms,
    limitMs: fc.option(ms),
    lease: fc.option(fc.record({ leftMs: fc.integer({ min: -60_000, max: 60_000 }), unextendedMs: ms }), {
      nil: undefined,
    }),
    unidentified: fc.boolean(),
    beatAgeMs: ms,
    beatWallAgeMs: ms,
    silentMs: ms,
    missedLooks: fc.nat(6),
    quietMs: ms,
    logTruncated: fc.boolean(),
  });
  const policies: fc.Arbitrary<Policy> = fc
    .record({ liveness: fc.constantFrom(...LIVENESS), graceMs: ms, staleMs: ms })
    .map((some) => ({ ...policy, ...some }));
  const always = (claim: (seen: Observation, by: Policy, verdict: Verdict) => boolean): void =>
    fc.assert(
      fc.property(observation, policies, (seen, by) => claim(seen, by, decide(seen, by))),
      { numRuns: 2_000 },
    );
  const isHung = (verdict: Verdict): boolean => verdict.verdict === 'order' && verdict.cause === 'hung';
  const acts = ({ verdict }: Verdict): boolean => verdict === 'order' || verdict === 'finish-kill';

  test('the same look has the same verdict', () => {
    always((seen, by, verdict) => JSON.stringify(decide({ ...seen }, { ...by })) === JSON.stringify(verdict));
  });

  test('nothing is hung by its wrapper', () => {
    always((_, { liveness }, verdict) => liveness !== 'wrapper' || !isHung(verdict));
  });

  test('nothing is hung whose command was not seen running here', () => {
    always(
      ({ command, wrapper }, _, verdict) => (command === 'running' && wrapper !== 'elsewhere') || !isHung(verdict),
    );
  });

  test('nothing is hung before three looks missed its evidence for longer than it may be stale', () => {
    always(({ missedLooks, silentMs }, by, verdict) => !isHung(verdict) || (missedLooks >= 3 && silentMs > by.staleMs));
  });

  test('an ending stays: nothing else is ordered, nothing is lost but to a restart', () => {
    always(
      ({ ending, rebooted }, _, { verdict }) =>
        ending === undefined || (verdict !== 'order' && (verdict !== 'lost' || rebooted)),
    );
  });

  test('an outcome is the end, and a natural exit is', () => {
    always(
      ({ concluded, exited, ending }, _, { verdict }) =>
        !(concluded || (exited && (ending === undefined || ending.cause === 'exit'))) || verdict === 'ended',
    );
  });

  const isOver = ({ lease }: Observation): boolean => lease !== undefined && lease.leftMs <= 0;
  const isLeaseLost = (verdict: Verdict): boolean => verdict.verdict === 'order' && verdict.cause === 'lost';

  test('a watcher that was starved acts on nothing but a lease that is over', () => {
    always((seen, _, verdict) => seen.gapMs <= 2 * seen.plannedGapMs + 2_000 || !acts(verdict) || isOver(seen));
  });

  test('nothing is killed twice within its grace, unless its lease is over; and nothing that is dead', () => {
    always((seen, by, { verdict }) => {
      const hasGrace = !isOver(seen) && seen.ending?.cause !== 'lost';
      return verdict !== 'finish-kill' || (seen.treeAlive && (seen.orderAgeMs > by.graceMs || !hasGrace));
    });
  });

  test('a lease that is not over changes nothing, and none is lost by another clock than its own', () => {
    always((seen, by, verdict) => {
      if (isOver(seen)) return true;
      return (
        !isLeaseLost(verdict) && JSON.stringify(decide({ ...seen, lease: undefined }, by)) === JSON.stringify(verdict)
      );
    });
  });

  test('when the lease is over, nothing that is alive here is waited for, but a wrapper that records an exit', () => {
    always((seen, _, { verdict }) => {
      const hasEnded = seen.command === 'gone' || seen.command === 'zombie';
      const isAlive = seen.treeAlive && (seen.command === 'running' || seen.command === 'stopped');
      const isHere = seen.wrapper !== 'elsewhere' && !seen.rebooted && !seen.concluded && !seen.exited;
      if (!isOver(seen) || !isAlive || !isHere || hasEnded || seen.ending?.cause === 'exit') return true;
      return verdict === 'order' || verdict === 'finish-kill';
    });
  });

  test('nothing that is elsewhere is killed from here', () => {
    always(({ wrapper }, _, { verdict }) => wrapper !== 'elsewhere' || verdict !== 'finish-kill');
  });

  test('only a stopped wrapper is continued', () => {
    always(({ wrapper }, _, { verdict }) => verdict !== 'continue-wrapper' || wrapper === 'stopped');
  });

  test('a living command is not lost while its wrapper is in sight', () => {
    always(
      ({ wrapper, command, rebooted }, _, { verdict }) =>
        verdict !== 'lost' || rebooted || wrapper !== 'running' || command === 'unseen',
    );
  });
});
