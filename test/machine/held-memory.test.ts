import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { heldMemory } from '../../bench/worker-server/held-memory.js';
import { loadLibc } from '../../src/native/libc.js';

const MB = 1e6;
const { allocated } = await loadLibc().catch(() => ({ allocated: undefined }));
const held = await heldMemory();

describe.skipIf(allocated === undefined)('the memory that a process holds', () => {
  beforeAll(() => {
    setFlagsFromString('--expose-gc');
    vi.stubGlobal('gc', runInNewContext('gc'));
  });
  afterAll(() => {
    vi.unstubAllGlobals();
  });

  it('grows by the bytes of a buffer, not by what of it was touched, and by those of objects', () => {
    const before = held() as number;
    const untouched = Buffer.allocUnsafeSlow(40 * MB);
    const withBuffer = held() as number;
    expect((withBuffer - before) / (40 * MB)).toBeCloseTo(1, 1);
    // A double takes 8 bytes of V8's heap.
    const doubles = Array.from({ length: 5 * MB }, (_, i) => i + 0.5);
    expect(((held() as number) - withBuffer) / (40 * MB)).toBeCloseTo(1, 1);
    expect(untouched.length + doubles.length).toBe(45 * MB);
  });
});

it.runIf(allocated === undefined)(
  'what a process holds is not known without glibc and koffi',
  () => {
    expect(held()).toBeNull();
  },
);
