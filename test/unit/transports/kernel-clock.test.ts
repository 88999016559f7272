import { describe, expect, it } from 'vitest';
import type { Libc } from '../../../src/native/libc.js';
import { KernelClock } from '../../../src/transports/native/client/kernel-clock.js';
import { FakeNative } from '../../support/core/fake-native.js';

/** The lab's clock and the wall clock, both set by a test; times in µs. */
function clocks(wallAhead: number): {
  lab: number;
  wallAhead: number;
  /** How long the reading of the wall clock takes. */
  reading: number;
  /** How often the wall clock was read. */
  looks: number;
  readonly doubts: { afterHole: number; aroundStep: number };
  readonly kernel: KernelClock;
} {
  const memory = new FakeNative();
  const doubts = { afterHole: 0, aroundStep: 0 };
  const state = { lab: 1_700_000_000_000_000, wallAhead, reading: 0, looks: 0, doubts };
  const libc = {
    addressOf: (buffer: ArrayBufferLike) => memory.addressOf(buffer),
    clockGettime: (_clock: number, address: number) => {
      state.looks += 1;
      state.lab += state.reading / 2;
      const wall = state.lab + state.wallAhead;
      const timespec = memory.at(address, 16);
      timespec.writeBigUInt64LE(BigInt(Math.floor(wall / 1e6)), 0);
      timespec.writeBigUInt64LE(BigInt(Math.round((wall % 1e6) * 1e3)), 8);
      state.lab += state.reading / 2;
      return 0;
    },
  } as Partial<Libc> as Libc;
  const clock = { now: () => state.lab } as ConstructorParameters<typeof KernelClock>[1];
  return Object.assign(state, { kernel: new KernelClock(libc, clock, doubts) });
}

describe('a stamp of the kernel', () => {
  it('is turned into a time of the lab’s clock by the offset between the two', () => {
    const state = clocks(250_000);
    state.kernel.read(true);
    expect(state.kernel.timeOf(state.lab + 250_000 - 1_234)).toBeCloseTo(state.lab - 1_234, 0);
    expect(state.doubts.aroundStep).toBe(0);
  });

  it('that is missing stays missing', () => {
    expect(clocks(0).kernel.timeOf(0)).toBe(0);
  });

  it('follows a wall clock that is slewed', () => {
    const state = clocks(0);
    for (let second = 0; second < 100; second++) {
      state.lab += 1e6;
      // As fast as NTP slews at all.
      state.wallAhead += 499;
      state.kernel.read(false);
      expect(state.kernel.timeOf(state.lab + state.wallAhead)).toBeCloseTo(state.lab, 0);
    }
    expect(state.doubts.aroundStep).toBe(0);
  });

  it.each([-3_600_000_000, -5_000, 1_000, 86_400_000_000])(
    'is not believed from a step of the wall clock by %i µs until the sockets were empty',
    (by) => {
      const state = clocks(0);
      state.lab += 1_000;
      state.wallAhead += by;
      state.kernel.read(true);
      // From before the step, or after: it is not known.
      expect(state.kernel.timeOf(state.lab - 500)).toBe(0);
      state.lab += 4_000;
      state.kernel.read(false);
      expect(state.kernel.timeOf(state.lab + state.wallAhead)).toBe(0);
      expect(state.doubts.aroundStep).toBe(2);
      state.lab += 4_000;
      state.kernel.read(true);
      expect(state.kernel.timeOf(state.lab + state.wallAhead - 100)).toBeCloseTo(
        state.lab - 100,
        0,
      );
      expect(state.doubts.aroundStep).toBe(2);
    },
  );

  it.each([-3_600_000_000, -50_000, 250, 5_000, 50_000, 86_400_000_000])(
    'is not believed from a step by %i µs in the middle of a batch',
    (by) => {
      const state = clocks(0);
      state.lab += 1_000;
      state.kernel.read(true);
      state.lab += 1_000;
      expect(state.kernel.timeOf(state.lab)).toBeCloseTo(state.lab, 0);
      state.wallAhead += by;
      expect(state.kernel.timeOf(state.lab + by)).toBe(0);
      // From before the step, and in the same batch.
      expect(state.kernel.timeOf(state.lab - 500)).toBe(0);
      expect(state.doubts.aroundStep).toBe(2);
      state.lab += 1_000;
      state.kernel.read(false);
      expect(state.kernel.timeOf(state.lab + by)).toBe(0);
      state.kernel.read(true);
      expect(state.kernel.timeOf(state.lab + by)).toBeCloseTo(state.lab, 0);
      expect(state.doubts.aroundStep).toBe(3);
    },
  );

  it.each([-150, -5_000, -9_000])(
    'is not believed from a step back by %i µs once the clocks are looked at again',
    (by) => {
      const state = clocks(0);
      // Sockets have not been empty for long: nothing about a stamp is odd.
      state.lab += 20_000;
      state.kernel.read(false);
      state.lab += 1_000;
      state.wallAhead += by;
      state.kernel.read(false);
      expect(state.kernel.timeOf(state.lab + by)).toBe(0);
      expect(state.doubts.aroundStep).toBe(1);
    },
  );

  it('is believed without another look at the clocks as long as it may have come before the last', () => {
    const state = clocks(0);
    state.lab += 1_000;
    state.kernel.read(true);
    const looks = state.looks;
    for (let i = 0; i < 100; i++) expect(state.kernel.timeOf(state.lab - i)).not.toBe(0);
    expect(state.looks).toBe(looks);
  });

  it('is believed of what lay unread for long, and of a batch that takes long', () => {
    const state = clocks(250_000);
    state.kernel.read(true);
    const arrived = state.lab + 1_000;
    // This process stood still meanwhile.
    state.lab += 400_000;
    state.kernel.read(true);
    expect(state.kernel.timeOf(arrived + 250_000)).toBeCloseTo(arrived, 0);
    state.lab += 90_000;
    expect(state.kernel.timeOf(state.lab + 250_000)).toBeCloseTo(state.lab, 0);
    expect(state.doubts.aroundStep).toBe(0);
  });

  it('is not bent by a reading that was interrupted', () => {
    const state = clocks(0);
    state.lab += 1_000;
    state.reading = 30_000;
    state.kernel.read(false);
    state.reading = 0;
    expect(state.kernel.timeOf(state.lab)).toBeCloseTo(state.lab, 0);
    expect(state.doubts.aroundStep).toBe(0);
  });
});
