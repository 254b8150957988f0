import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type Interruption, interruptionOf, listenForSignals, type SignalName } from './signals.ts';

describe('interruptionOf', () => {
  test.each<[verb: 'run' | 'wait' | 'worker', name: SignalName, nth: number, wish: Interruption]>([
    ['run', 'SIGINT', 1, 'end'],
    ['run', 'SIGTERM', 2, 'force'],
    ['run', 'SIGINT', 3, 'leave'],
    ['run', 'SIGHUP', 1, 'leave'],
    ['wait', 'SIGINT', 1, 'end'],
    ['wait', 'SIGHUP', 1, 'end'],
    ['wait', 'SIGTERM', 2, 'leave'],
    ['worker', 'SIGTERM', 1, 'end'],
    ['worker', 'SIGTERM', 2, 'force'],
    ['worker', 'SIGINT', 3, 'leave'],
  ])('of %s: %s number %i means %s', (verb, name, nth, wish) => {
    expect(interruptionOf(verb, name, nth)).toBe(wish);
  });
});

describe('listen', () => {
  test('a run is cancelled, then forced, then left', async () => {
    const cliProcess = new EventEmitter();
    const wishes: Interruption[] = [];
    const { end, force, leave, first } = listenForSignals('run', cliProcess as never, (wish) => wishes.push(wish));
    cliProcess.emit('SIGINT', 'SIGINT');
    expect([end.aborted, force.aborted]).toEqual([true, false]);
    cliProcess.emit('SIGTERM', 'SIGTERM');
    expect(force.aborted).toBe(true);
    cliProcess.emit('SIGINT', 'SIGINT');
    await expect(leave).resolves.toBe('SIGINT');
    expect(wishes).toEqual(['end', 'force', 'leave']);
    expect(first()).toBe('SIGINT');
  });

  test('a terminal that hangs up ends neither the run nor its grace period', async () => {
    const cliProcess = new EventEmitter();
    const { end, force, leave } = listenForSignals('run', cliProcess as never, () => {});
    cliProcess.emit('SIGHUP', 'SIGHUP');
    await expect(leave).resolves.toBe('SIGHUP');
    expect([end.aborted, force.aborted]).toEqual([false, false]);
  });

  test('after dispose nobody listens', () => {
    const cliProcess = new EventEmitter();
    listenForSignals('wait', cliProcess as never, () => {}).dispose();
    expect(cliProcess.eventNames()).toEqual([]);
  });
});
