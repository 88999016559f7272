import { systemClock } from '../../../src/core/clock.js';
import type { DeviceCalls } from '../../../src/native/device-calls.js';
import { cpuTime } from '../../process/cpu-time.js';
import { LatencyTotal } from '../../record/distribution.js';
import { LatencyRecorder } from '../../record/latency-recorder.js';
import type { ToEmulator } from '../messages.js';
import { createLinkModel, type LinkModel } from '../model/model.js';
import type { PackedBook } from '../packed-book.js';
import { Emulator } from './emulator.js';
import { makeEnd, type NetworkEnd, unreadPackets } from './network-end.js';
import { PacketMemory } from './packet-memory.js';
import { ReadWait } from './read-wait.js';
import { TunDevice } from './tun-device.js';
import { warmUp } from './warm-up.js';

/** Packets on their way at once: 96 MiB if ever so many are. */
const SLOTS = 65_536;
/** The event loop has a turn this often, for messages and signals, and at once when one comes. */
const SLICE_MICROS = 5_000;
const LONGEST_SLEEP_MICROS = 1e6;
/** While the event loop has something to send, and must see when there is room for more of it. */
const SENDING_SLEEP_MICROS = 200;
/** Of `ReadWait`: after the two devices. */
const CHANNEL = 2;

/** Both ends, and what moves packets between them, on the main thread of this process. */
export class Emulation {
  readonly #calls: DeviceCalls;
  readonly #ends: readonly [NetworkEnd, NetworkEnd];
  readonly #model: LinkModel;
  readonly #emulator: Emulator;
  readonly #wait: ReadWait;
  readonly #now: () => number;
  /** Time 0 of the model, µs of CLOCK_MONOTONIC. */
  readonly startedAt: number;
  /** The event loop has something to send. */
  isSending = false;

  constructor(calls: DeviceCalls, ends: readonly [NetworkEnd, NetworkEnd], model: LinkModel) {
    this.#calls = calls;
    this.#ends = ends;
    this.#model = model;
    const clock = systemClock(0);
    const begun = performance.now();
    this.startedAt = clock.now();
    this.#now = () => (performance.now() - begun) * 1_000;
    const memory = new PacketMemory(SLOTS, calls.addressOf);
    const [server, clients] = ends.map(({ tun }) => new TunDevice(calls, tun, memory));
    this.#emulator = new Emulator(
      model,
      server as TunDevice,
      clients as TunDevice,
      memory,
      this.#now,
    );
    const fds = ends.map(({ tun }) => tun);
    this.#wait = new ReadWait(calls, [...fds, channelDescriptor()]);
  }

  get serverEnd(): number {
    return this.#ends[0].namespace;
  }

  get clientEnd(): number {
    return this.#ends[1].namespace;
  }

  /** Moves packets until the process ends. */
  run(): void {
    const slice = (): void => {
      this.#slice();
      setImmediate(slice);
    };
    setImmediate(slice);
  }

  /** To be sent at once: it holds views of what goes on being counted. */
  book(): PackedBook {
    const { book, lateness } = this.#emulator;
    const total = new LatencyTotal();
    total.add(lateness.counts());
    return {
      ...book.pack(),
      uplinkOverflow: this.#model.uplinkOverflow,
      lateness: {
        p50: total.percentile(0.5),
        p99: total.percentile(0.99),
        max: total.max,
        count: total.delivered,
      },
      unread: this.#ends.reduce((sum, end) => sum + unreadPackets(this.#calls, end), 0),
      cpuMicros: cpuTime(),
    };
  }

  forgetLateness(): void {
    this.#emulator.lateness = new LatencyRecorder();
  }

  /** Moves packets until the event loop is to have its turn. */
  #slice(): void {
    const begun = this.#now();
    const longestSleep = this.isSending ? SENDING_SLEEP_MICROS : LONGEST_SLEEP_MICROS;
    const end = begun + Math.min(longestSleep, SLICE_MICROS);
    let isAwaited = false;
    let now = begun;
    while (!isAwaited && now < end) {
      const pause = this.#emulator.turn();
      now = this.#now();
      if (pause === 0) continue;
      this.#wait.wait(Math.min(pause, longestSleep));
      const woken = this.#now();
      this.#emulator.slept(woken - now);
      isAwaited = this.#wait.isReady(CHANNEL);
      now = woken;
    }
  }
}

export function openEmulation(
  calls: DeviceCalls,
  { spec, seed, clients, ip, binds }: Extract<ToEmulator, { readonly type: 'open' }>,
): Emulation {
  warmUp(createLinkModel(spec, seed, 1));
  const ofClients = binds ? 'clients' : 'client';
  const ends = [makeEnd(calls, ip, 'server'), makeEnd(calls, ip, ofClients)] as const;
  return new Emulation(calls, ends, createLinkModel(spec, seed, clients));
}

/** Of the IPC channel. Node does not document it: without it (−1) poll(2) ignores the place. */
function channelDescriptor(): number {
  const { channel } = process as unknown as { readonly channel?: { readonly fd?: unknown } };
  return typeof channel?.fd === 'number' ? channel.fd : -1;
}
