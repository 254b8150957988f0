import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { listen, type SignalName, type Wish, wishOf } from './interruptions.ts';

describe('wishOf', () => {
  test.each<[verb: 'run' | 'wait', name: SignalName, nth: number, wish: Wish]>([
    ['run', 'SIGINT', 1, 'end'],
    ['run', 'SIGTERM', 2, 'force'],
    ['run', 'SIGINT', 3, 'leave'],
    ['run', 'SIGHUP', 1, 'leave'],
    ['wait', 'SIGINT', 1, 'end'],
    ['wait', 'SIGHUP', 1, 'end'],
    ['wait', 'SIGTERM', 2, 'leave'],
  ])('of %s: %s number %i means %s', (verb, name, nth, wish) => {
    expect(wishOf(verb, name, nth)).toBe(wish);
  });
});

describe('listen', () => {
  test('a run is cancelled, then forced, then left', async () => {
    const world = new EventEmitter();
    const wishes: Wish[] = [];
    const { end, force, leave, first } = listen('run', world as never, (wish) => wishes.push(wish));
    world.emit('SIGINT', 'SIGINT');
    expect([end.aborted, force.aborted]).toEqual([true, false]);
    world.emit('SIGTERM', 'SIGTERM');
    expect(force.aborted).toBe(true);
    world.emit('SIGINT', 'SIGINT');
    await expect(leave).resolves.toBe('SIGINT');
    expect(wishes).toEqual(['end', 'force', 'leave']);
    expect(first()).toBe('SIGINT');
  });

  test('a terminal that hangs up ends neither the run nor its grace period', async () => {
    const world = new EventEmitter();
    const { end, force, leave } = listen('run', world as never, () => {});
    world.emit('SIGHUP', 'SIGHUP');
    await expect(leave).resolves.toBe('SIGHUP');
    expect([end.aborted, force.aborted]).toEqual([false, false]);
  });

  test('after dispose nobody listens', () => {
    const world = new EventEmitter();
    listen('wait', world as never, () => {}).dispose();
    expect(world.eventNames()).toEqual([]);
  });
});
