import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  honourNohup,
  ignoresHangUp,
  type SignalHost,
  startedByNohup,
  watchInterrupts,
} from '../../../cli/signals.js';

class FakeProcess extends EventEmitter implements SignalHost {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

let host: FakeProcess;
let said: string[];
let now: number;
beforeEach(() => {
  now = 0;
  vi.useFakeTimers();
  host = new FakeProcess();
  said = [];
});
afterEach(() => vi.useRealTimers());
const watch = (): ReturnType<typeof watchInterrupts> =>
  watchInterrupts(
    (text) => said.push(text),
    host,
    () => now,
  );

describe('Ctrl-C', () => {
  it('stops and says so at the first, and kills nothing', () => {
    const { stop, kill } = watch();
    host.emit('SIGINT');
    expect([stop.aborted, kill.aborted]).toEqual([true, false]);
    expect(said).toEqual(['stopping: draining and reporting what there is (Ctrl-C again to quit)']);
    expect(host.exits).toEqual([]);
  });

  it('kills with exit code 130 at the second', () => {
    const { kill } = watch();
    host.emit('SIGINT');
    now += 1_000;
    host.emit('SIGINT');
    expect(kill.reason).toMatchObject({ code: 130 });
    expect(said).toHaveLength(1);
  });

  it('leaves at the third, or when the kill takes too long', () => {
    watch();
    host.emit('SIGINT');
    now += 1_000;
    host.emit('SIGINT');
    expect(host.exits).toEqual([]);
    now += 1_000;
    host.emit('SIGINT');
    expect(host.exits).toEqual([130]);
    vi.advanceTimersByTime(10_000);
    expect(host.exits).toEqual([130, 130]);
  });

  it('is answered as a polite request to terminate is', () => {
    const { stop, kill } = watch();
    host.emit('SIGTERM');
    expect([stop.aborted, kill.aborted]).toEqual([true, false]);
  });

  it('said twice is one wish, also when the command is through with the first', () => {
    const { dispose } = watch();
    host.emit('SIGINT');
    dispose();
    host.emit('SIGINT');
    expect(host.listenerCount('SIGINT')).toBe(1);
    expect(host.exits).toEqual([]);
  });

  it('has its usual effect again afterwards', () => {
    const { dispose } = watch();
    dispose();
    expect(host.eventNames()).toEqual([]);
  });
});

describe('signals within a second', () => {
  it.each([
    ['SIGINT', 'SIGINT'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGTERM'],
    ['SIGINT', 'SIGHUP'],
  ] as const)('%s and %s are one wish', (first, second) => {
    const { stop, kill } = watch();
    host.emit(first);
    now += 999;
    host.emit(second);
    expect([stop.aborted, kill.aborted]).toEqual([true, false]);
  });

  it('are one wish at the second and the third, too', () => {
    const { kill } = watch();
    host.emit('SIGTERM');
    now += 5_000;
    host.emit('SIGINT');
    now += 1;
    host.emit('SIGTERM');
    expect(kill.aborted).toBe(true);
    expect(host.exits).toEqual([]);
  });

  it('count from the first of them, so that a key held down quits', () => {
    const { kill } = watch();
    for (; now < 1_100; now += 30) host.emit('SIGINT');
    expect(kill.aborted).toBe(true);
  });
});

describe('nohup', () => {
  it('is known by its name, where the shell leaves it, or by the input it gives a program of a terminal', () => {
    expect(startedByNohup({ _: '/usr/bin/nohup' }, undefined)).toBe(true);
    expect(startedByNohup({ _: 'nohup' }, undefined)).toBe(true);
    expect(startedByNohup({}, { path: '/dev/null', flags: 0o100001 })).toBe(true);
  });

  it('is not taken for granted', () => {
    expect(startedByNohup({}, undefined)).toBe(false);
    expect(startedByNohup({ _: '/opt/nohup/bin/lab' }, undefined)).toBe(false);
    expect(startedByNohup({ _: '/usr/bin/lab' }, { path: '/dev/null', flags: 0o100000 })).toBe(
      false,
    );
    expect(startedByNohup({ _: '/usr/bin/lab' }, { path: '/dev/pts/1', flags: 0o100001 })).toBe(
      false,
    );
  });

  it('is known by the shell script that runs under it', () => {
    expect(
      ignoresHangUp('SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0\n'),
    ).toBe(true);
    expect(
      ignoresHangUp('SigBlk:\t0000000000000001\nSigIgn:\t0000000001001000\nSigCgt:\t1\n'),
    ).toBe(false);
    expect(ignoresHangUp('')).toBe(false);
  });

  it('is absent here, and then hanging up has its usual effect', () => {
    honourNohup(host);
    expect(host.eventNames()).toEqual([]);
  });
});
