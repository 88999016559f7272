import { describe, expect, it } from 'vitest';
import { heapSlope } from '../../../tools/fanout/heap-check.js';

/** A saw-tooth of ten samples on a floor that grows by `growth` a sample, with some noise. */
function heap(growth: number, noise: readonly number[] = [0]): number[] {
  return Array.from({ length: 100 }, (_, i) => {
    const round = Math.floor(i / 10);
    return 1e6 + growth * round * 10 + (i % 10) * 5_000 + (noise[round % noise.length] as number);
  });
}

describe('heapSlope', () => {
  it('is that of the floor, whatever the teeth', () => {
    expect(heapSlope(heap(300))?.perSample).toBeCloseTo(300, 6);
    expect(heapSlope(heap(300))?.noise).toBeCloseTo(0, 6);
  });

  it('of a floor that goes up and down is within its noise', () => {
    const { perSample, noise } = heapSlope(heap(0, [0, 900, -400, 300, -800]))!;
    expect(Math.abs(perSample)).toBeLessThan(noise);
  });

  it('cannot be told of too short a time', () => {
    expect(heapSlope(heap(1).slice(0, 39))).toBeNull();
  });
});
