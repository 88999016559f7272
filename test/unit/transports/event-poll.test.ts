import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.js';
import type { Libc } from '../../../src/native/libc.js';
import { EventPoll, READABLE } from '../../../src/transports/native/client/event-poll.js';
import { FakeNative } from '../../support/core/fake-native.js';

const EVENT_BYTES = process.arch === 'x64' ? 12 : 16;
const DATA_AT = EVENT_BYTES - 8;
const [EPERM, EBADF, EINTR] = [-1, -9, -4];

/** An epoll instance of which `ready` descriptors are readable, or whose wait returns `error`. */
function rig(): {
  readonly poll: EventPoll;
  /** µs */
  now: number;
  ready: number;
  error: number;
  waits: number;
  /** Whether Node's event loop watches the instance. */
  watched: boolean;
  readonly looks: boolean[];
  turn(): void;
} {
  const memory = new FakeNative();
  const added: Buffer[] = [];
  let next = 0;
  let turn = (): void => {};
  const state = { now: 0, ready: 0, error: 0, waits: 0, watched: false, looks: [] as boolean[] };
  const libc = {
    addressOf: (buffer: ArrayBufferLike) => memory.addressOf(buffer),
    epollCreate: () => 3,
    epollCtl: (_epoll: number, operation: number, _fd: number, event: number) => {
      if (operation === 1) added.push(Buffer.from(memory.at(event, EVENT_BYTES)));
      return 0;
    },
    epollWait: (_epoll: number, events: number, most: number) => {
      state.waits += 1;
      if (state.error !== 0) return state.error;
      const told = Math.min(state.ready, most);
      for (let i = 0; i < told; i++) {
        const event = memory.at(events + i * EVENT_BYTES, EVENT_BYTES);
        event.writeUInt32LE(READABLE, 0);
        const registered = added[next++ % added.length] as Buffer;
        registered.copy(event, DATA_AT, DATA_AT);
      }
      state.ready -= told;
      return told;
    },
    poll: (_fd: number, readable: () => void) => {
      turn = readable;
      state.watched = true;
      return {
        close: () => {
          state.watched = false;
        },
      };
    },
  } as unknown as Libc;
  const clock = { now: () => state.now, setTimeout: () => ({ cancel() {} }) } as unknown as Clock;
  const poll = new EventPoll(libc, clock, (emptied) => state.looks.push(emptied));
  return Object.assign(state, { poll, turn: () => turn() });
}

describe('an epoll instance', () => {
  it('has the clocks looked at before every few events, and says once that the sockets were empty', () => {
    const state = rig();
    let events = 0;
    const onEvents = (): void => {
      events += 1;
    };
    const handler = { onEvents, onFailure: () => {} };
    for (let fd = 10; fd < 30; fd++) state.poll.add(fd, READABLE, handler);
    state.ready = 20;
    state.turn();
    expect(events).toBe(20);
    expect(state.looks).toEqual([true, false, false]);
  });

  it.each([EPERM, EBADF])(
    'that cannot be asked any more (%i) tells everybody once, and is asked no more',
    (error) => {
      const state = rig();
      const told: string[] = [];
      for (let fd = 10; fd < 13; fd++) {
        const onFailure = ({ code, syscall }: NodeJS.ErrnoException): void => {
          told.push(`${fd} ${syscall} ${code}`);
          state.poll.remove(fd);
        };
        state.poll.add(fd, READABLE, { onEvents: () => {}, onFailure });
      }
      state.error = error;
      const { waits } = state;
      state.turn();
      const code = error === EPERM ? 'EPERM' : 'EBADF';
      expect(told).toEqual([10, 11, 12].map((fd) => `${fd} epoll_wait ${code}`));
      expect([state.watched, state.waits]).toEqual([false, waits + 1]);
      const late = { onEvents: () => {}, onFailure: () => {} };
      expect(() => state.poll.add(20, READABLE, late)).toThrow(code);
    },
  );

  it.each([
    ['after a standstill all of them', 30_000, 1_200],
    ['else what begins within a few milliseconds', 1_000, 512],
  ])('of many sockets that take long to read reads in one turn, %s', (_, still, read) => {
    const state = rig();
    let events = 0;
    const onEvents = (): void => {
      events += 1;
      // All of them together take longer than a turn.
      state.now += 20;
    };
    for (let fd = 10; fd < 1_210; fd++) state.poll.add(fd, READABLE, { onEvents, onFailure() {} });
    state.now += still;
    state.ready = 1_200;
    state.turn();
    expect(events).toBe(read);
  });

  it('that a signal interrupts is asked again', () => {
    const state = rig();
    let events = 0;
    const onEvents = (): void => {
      events += 1;
    };
    const handler = { onEvents, onFailure: () => {} };
    state.poll.add(10, READABLE, handler);
    state.error = EINTR;
    state.ready = 1;
    const { waits } = state;
    Object.defineProperty(state, 'error', {
      get: () => (state.waits === waits + 1 ? EINTR : 0),
    });
    state.turn();
    expect([events, state.watched]).toEqual([1, true]);
  });
});
