import type { Clock } from '../../../src/core/clock.js';
import type { DeviceCalls } from '../../../src/native/device-calls.js';
import { ReadWait } from '../emulator/read-wait.js';
import type { Received, Sent } from './messages.js';
import type { PacketTrain, ProbePlan } from './plan.js';
import { harmedDatagrams, type ProbeSocket } from './probe-socket.js';

/** The event loop has a turn this often, for messages. */
const TURN_US = 20_000;
const LONGEST_WAIT_US = 5_000;
/** Until the kernel has room again. */
const RETRY_US = 100;
/** What is behind its time is sent at once, so many at a time. */
const MOST_AT_ONCE = 16;
/** Whoever goes before others must let the emulator run. */
const SHORTEST_WAIT_US = 50;

/** Sends what is planned and notes what arrives, at one end. */
export class Probe {
  readonly #socket: ProbeSocket;
  readonly #clock: Clock;
  readonly #wait: ReadWait;
  readonly #sentAt: number[] = [];
  readonly #numbers: number[] = [];
  readonly #arrivedAt: number[] = [];
  readonly #harmedBefore = harmedDatagrams();
  #turnAt = 0;
  #until = Number.POSITIVE_INFINITY;

  constructor(socket: ProbeSocket, clock: Clock, calls: DeviceCalls) {
    this.#socket = socket;
    this.#clock = clock;
    this.#wait = new ReadWait(calls, [socket.fd]);
  }

  /** Those that are spaced keep their distance, however late one is; the others catch up. */
  async sendAll({ spaced, fill }: ProbePlan): Promise<Sent> {
    await this.#sendTrain(spaced, 1);
    const count = this.#sentAt.length;
    if (fill !== undefined) await this.#sendTrain(fill, MOST_AT_ONCE);
    return { at: Float64Array.from(this.#sentAt), spaced: count };
  }

  end(at: number): void {
    this.#until = at;
  }

  /** Until nothing arrives any more. */
  async receiveAll(): Promise<Received> {
    while (this.#clock.now() < this.#until) await this.#pause(this.#until);
    this.#receive();
    return {
      numbers: Uint32Array.from(this.#numbers),
      at: Float64Array.from(this.#arrivedAt),
      harmed: harmedDatagrams() - this.#harmedBefore,
    };
  }

  async #sendTrain({ bytes, count, everyUs }: PacketTrain, mostAtOnce: number): Promise<void> {
    let due = this.#clock.now();
    for (let left = count; left > 0; ) {
      for (let room = mostAtOnce; room > 0 && left > 0 && this.#clock.now() >= due; room--) {
        const at = this.#clock.now();
        if (!this.#socket.send(this.#sentAt.length, bytes)) {
          due = at + RETRY_US;
          break;
        }
        this.#sentAt.push(at);
        left -= 1;
        due = (mostAtOnce === 1 ? at : due) + everyUs;
      }
      await this.#pause(due);
    }
  }

  async #pause(until: number): Promise<void> {
    this.#receive();
    const now = this.#clock.now();
    if (now >= this.#turnAt) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#turnAt = now + TURN_US;
    }
    const pause = Math.max(until - this.#clock.now(), SHORTEST_WAIT_US);
    this.#wait.wait(Math.min(pause, LONGEST_WAIT_US));
  }

  #receive(): void {
    this.#socket.readClocks();
    for (let number = this.#socket.receive(); number >= 0; number = this.#socket.receive()) {
      this.#numbers.push(number);
      this.#arrivedAt.push(this.#socket.arrivedAt);
    }
  }
}
