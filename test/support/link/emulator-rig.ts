import { Emulator } from '../../../bench/link/emulator/emulator.js';
import { PacketMemory } from '../../../bench/link/emulator/packet-memory.js';
import type { PacketDevice } from '../../../bench/link/emulator/tun-device.js';
import { type Decision, FATE, type LinkDirection } from '../../../bench/link/fate.js';
import type { LinkBook } from '../../../bench/link/link-book.js';
import { unpackBook } from '../../../bench/link/packed-book.js';

/** One end: what is to be read there, and what was written. */
export class ScriptedDevice implements PacketDevice {
  readonly incoming: Buffer[] = [];
  readonly written: { readonly at: number; readonly packet: Buffer }[] = [];
  refuses = false;
  readonly #rig: EmulatorRig;

  constructor(rig: EmulatorRig) {
    this.#rig = rig;
  }

  read(slot: number): number {
    const packet = this.incoming.shift();
    if (packet === undefined) return -11;
    packet.copy(this.#rig.memory.bytes, this.#rig.memory.at(slot));
    return packet.length;
  }

  write(slot: number, bytes: number): boolean {
    if (this.refuses) return false;
    const { memory, time } = this.#rig;
    const at = memory.at(slot);
    this.written.push({ at: time, packet: Buffer.from(memory.bytes.subarray(at, at + bytes)) });
    return true;
  }
}

/** Decides as it was told, packet by packet; then delivers `delay` later. */
export class ScriptedDirection implements LinkDirection {
  readonly plan: Partial<Decision & { readonly after: number; readonly again: number }>[] = [];
  readonly offered: { readonly bytes: number; readonly now: number }[] = [];
  readonly delay: number;

  constructor(delay: number) {
    this.delay = delay;
  }

  offer(bytes: number, now: number, decision: Decision): void {
    this.offered.push({ bytes, now });
    const { after, again, ...told } = this.plan.shift() ?? {};
    decision.fate = FATE.delivered;
    decision.deliverAt = now + (after ?? this.delay);
    decision.duplicateAt = again === undefined ? -1 : now + again;
    decision.corruptBit = -1;
    decision.isReordered = false;
    Object.assign(decision, told);
  }
}

/** An emulator between two scripted ends, in time that stands still until it is told. */
export class EmulatorRig {
  time = 0;
  readonly memory: PacketMemory;
  readonly server: ScriptedDevice;
  readonly clients: ScriptedDevice;
  readonly links: readonly { readonly up: ScriptedDirection; readonly down: ScriptedDirection }[];
  readonly emulator: Emulator;

  constructor(clients: number, slots = 1_000, delay = 10) {
    this.memory = new PacketMemory(slots, () => 0);
    this.server = new ScriptedDevice(this);
    this.clients = new ScriptedDevice(this);
    this.links = Array.from({ length: clients }, () => ({
      up: new ScriptedDirection(delay),
      down: new ScriptedDirection(delay),
    }));
    const model = { clients: this.links };
    this.emulator = new Emulator(model, this.server, this.clients, this.memory, () => this.time);
  }

  /** Lets time pass as the emulator asks, until nothing is on its way. */
  settle(): void {
    for (let pause = 0; pause !== Number.POSITIVE_INFINITY; pause = this.emulator.turn()) {
      this.emulator.slept(pause);
      this.time += pause;
    }
  }

  /** As a coordinator gets it. */
  book(): LinkBook {
    const lateness = { p50: null, p99: null, max: null, count: 0 };
    const rest = { uplinkOverflow: 0, lateness, unread: 0, cpuMicros: 0 };
    return unpackBook({ ...this.emulator.book.pack(), ...rest });
  }
}
