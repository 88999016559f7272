/** What the kernel says of waiting for a CPU. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuPressureMicros } from '../../../src/kernel/pressure.js';
import { longestWait, schedstatWait } from '../../../src/kernel/run-queue.js';

describe('the run-queue wait of a thread', () => {
  it('is the second figure of its schedstat, in nanoseconds', () => {
    expect(schedstatWait('107800 2517471 2\n')).toBe(2_517_471);
  });

  it.each(['', '0', '1 2', '1 2 3 4', 'a b c', '-1 2 3', '1 2.5 3'])(
    'is not known of %j',
    (text) => {
      expect(schedstatWait(text)).toBeNull();
    },
  );

  it('of a process is that of the thread that waited most since: those that ended are in it no more', () => {
    const before = new Map([
      ['1', 100],
      ['2', 5_000],
      ['3', 70_000],
    ]);
    const after = new Map([
      ['1', 900],
      ['2', 5_300],
      ['4', 600],
    ]);
    expect(longestWait(before, after)).toBe(800);
    expect(longestWait(null, after)).toBeNull();
    expect(longestWait(before, null)).toBeNull();
  });
});

describe('the pressure on the CPU', () => {
  const SOME = 'some avg10=75.73 avg60=33.74 avg300=21.45 total=5684235176';

  it('is the total of the line `some`, and not that of `full`', () => {
    expect(cpuPressureMicros(`${SOME}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n`)).toBe(
      5_684_235_176,
    );
    expect(cpuPressureMicros('full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n')).toBeNull();
  });

  it('is a whole number or not known, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const micros = cpuPressureMicros(text);
        expect(micros === null || Number.isInteger(micros)).toBe(true);
      }),
    );
  });
});
