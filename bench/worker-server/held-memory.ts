/** How much memory this process holds on to. */
import { getHeapStatistics } from 'node:v8';
import { loadLibc } from '../../src/native/libc.js';

/**
 * Bytes in use of V8's heap after a collection of garbage (where Node was started with
 * --expose-gc), and of malloc's. Not the resident set: that has the young generation, which grows by
 * megabytes with the pace of joining, garbage, and what malloc keeps of buffers long since freed.
 * Gives null where the C library does not tell.
 */
export async function heldMemory(): Promise<() => number | null> {
  const { allocated } = await loadLibc().catch(() => ({ allocated: undefined }));
  return () => {
    if (allocated === undefined) return null;
    // The first finds the garbage, the second waits until its buffers have been freed.
    globalThis.gc?.();
    globalThis.gc?.();
    return getHeapStatistics().used_heap_size + allocated();
  };
}
