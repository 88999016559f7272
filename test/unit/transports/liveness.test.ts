import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { NO_TCP_OPTIONS } from '../../../src/transports/native/tcp-options.js';
import { Liveness, type LivenessLimits } from '../../../src/transports/server/liveness.js';

/** A connection whose figures a test sets; `acknowledged` undefined = nobody tells. */
function rig(limits: LivenessLimits = { stallMs: 30_000, silenceMs: 30_000 }) {
  const socket = { writableLength: 0, bytesWritten: 0 };
  const system = { acknowledged: undefined as number | undefined };
  const tcp = { ...NO_TCP_OPTIONS, bytesAcknowledged: () => system.acknowledged };
  const liveness = new Liveness(socket as Socket, tcp, limits, 0);
  /**
   * What is found when it is looked at every second from `from` on, in seconds; each look preceded
   * by `act`.
   */
  const looks = (from: number, to: number, act: (second: number) => void = () => {}): string[] => {
    const found: string[] = [];
    for (let second = from; second <= to; second++) {
      act(second);
      const lapse = liveness.look(second * 1_000_000);
      if (lapse !== undefined) found.push(`${second} ${lapse}`);
    }
    return found;
  };
  return { socket, system, liveness, looks };
}

describe('a peer for which something is queued', () => {
  it('is given up when its system has acknowledged nothing for the limit', () => {
    const { socket, system, looks } = rig();
    expect(looks(1, 10)).toEqual([]);
    Object.assign(socket, { bytesWritten: 9e6, writableLength: 262_144 });
    system.acknowledged = 4e6;
    expect(looks(11, 42)[0]).toBe('42 stalled');
  });

  it('is a slow reader as long as anything is acknowledged, though nothing more is taken from us', () => {
    const { socket, system, looks } = rig();
    Object.assign(socket, { bytesWritten: 9e6, writableLength: 262_144 });
    const acknowledge = (second: number): void => {
      if (second % 29 === 0) system.acknowledged = (system.acknowledged ?? 4e6) + 1;
    };
    expect(looks(1, 600, acknowledge)).toEqual([]);
  });

  it('is judged by what our own system takes where nobody tells what is acknowledged', () => {
    const { socket, looks } = rig();
    const write = (second: number): void => {
      if (second < 100 && second % 29 === 0) socket.bytesWritten += 1e6;
      socket.writableLength = 262_144;
    };
    expect(looks(1, 200, write)[0]).toBe('118 stalled');
  });

  it('is not expected to say anything meanwhile, and has the whole limit for it afterwards', () => {
    const { socket, system, looks } = rig({ stallMs: 1e9, silenceMs: 30_000 });
    Object.assign(socket, { bytesWritten: 9e6, writableLength: 262_144 });
    const acknowledge = (second: number): void => {
      system.acknowledged = second;
    };
    expect(looks(1, 100, acknowledge)).toEqual([]);
    socket.writableLength = 0;
    expect(looks(101, 200)[0]).toBe('131 silent');
  });
});

describe('a peer for which nothing is queued', () => {
  it('is never given up when no sign of life is expected of it', () => {
    expect(rig({ stallMs: 30_000 }).looks(1, 10_000)).toEqual([]);
  });

  it('is given up when it gave no sign of life for the limit', () => {
    const { liveness, looks } = rig();
    const pong = (second: number): void => {
      if (second <= 60 && second % 20 === 0) liveness.heard();
    };
    expect(looks(1, 100, pong)[0]).toBe('91 silent');
  });
});
