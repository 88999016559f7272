import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type SignalHost, watchInterrupts } from '../../src/cli/signals.js';

class FakeProcess extends EventEmitter implements SignalHost {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

let host: FakeProcess;
let said: string[];
beforeEach(() => {
  vi.useFakeTimers();
  host = new FakeProcess();
  said = [];
});
afterEach(() => vi.useRealTimers());
const watch = (): ReturnType<typeof watchInterrupts> => watchInterrupts((text) => said.push(text), host);

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
    host.emit('SIGINT');
    expect(kill.reason).toMatchObject({ code: 130 });
    expect(said).toHaveLength(1);
  });

  it('leaves at the third, or when the kill takes too long', () => {
    watch();
    host.emit('SIGINT');
    host.emit('SIGINT');
    expect(host.exits).toEqual([]);
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

  it('has its usual effect again afterwards', () => {
    const { dispose } = watch();
    dispose();
    expect(host.eventNames()).toEqual([]);
  });
});
