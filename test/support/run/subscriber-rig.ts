/** One subscriber process with a window of ten messages, fed by hand. */
import type { BenchSubscriber } from '../../../bench/worker-subscriber/subscriber.js';
import type { ClientCounters } from '../../../src/transports/counters.js';
import { SubscriberProcess, T0, WELCOME } from './subscriber-process.js';

/** Message `seq` is intended at T0 + (seq − 1) ms; the window is 11 … 20. */
const DUE = Array.from({ length: 10 }, (_, i) => 10_000 + i * 1_000);
const WARMUP = Array.from({ length: 10 }, (_, i) => i * 1_000);
const WINDOW = { start: T0 + 10_000, end: T0 + 20_000, deadline: T0 + 30_000 };
export const RANGE = { first: 11, last: 20 };

export function rig() {
  const process = new SubscriberProcess(
    { first: 11, due: DUE, sent: DUE, warmup: WARMUP },
    1,
    WINDOW,
  );
  const { clock, recorder } = process;
  /** Reads these messages at once, at the present time. */
  const receive = (...seqs: number[]): void => process.read(0, clock.now(), seqs);
  /** The same, but what they say is not what was published. */
  const receiveSpoilt = (...seqs: number[]): void =>
    process.read(0, clock.now(), seqs, 0, new Set(seqs));
  /** The same as `receive`, after the deadline of repair. */
  const receiveLate = (...seqs: number[]): void =>
    process.read(0, clock.now(), seqs, 0, undefined, 0, 0, true);
  const subscriber = process.subscribers[0]!;
  return { clock, recorder, subscriber, receive, receiveSpoilt, receiveLate };
}

export const from = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

export function join(
  subscriber: BenchSubscriber,
  counters: Partial<ClientCounters> = {},
  localPort = 5_000,
  receiveBufferBytes: number | null = null,
): BenchSubscriber {
  subscriber.subscription = {
    welcome: WELCOME,
    counters: {
      reads: 0,
      bytes: 0,
      datagramsLost: 0,
      datagramsDuplicated: 0,
      datagramsReordered: 0,
      mostInDatagram: 0,
      mostInRead: 1,
      malformed: 0,
      ...counters,
    },
    localPort,
    receiveBufferBytes,
    closed: new Promise(() => {}),
    close: async () => {},
  };
  return subscriber;
}

/** So many datagrams more are missing by their numbers. */
export function lose(subscriber: BenchSubscriber, datagrams: number): void {
  const { counters } = subscriber.subscription!;
  (counters as ClientCounters).datagramsLost += datagrams;
}
