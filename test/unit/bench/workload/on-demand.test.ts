import { describe, expect, it } from 'vitest';
import { queueOf } from '../../../../bench/workload/on-demand.js';
import { ReadAhead } from '../../../../bench/workload/read-ahead.js';
import { PullSource } from '../../../../src/sources/pull-source.js';
import type { SourceItem } from '../../../../src/sources/source.js';
import { ListSource, numbered } from '../../../support/source/list-source.js';

/** Items 1, 2, …, n; `made` is called for each. */
function counting(n: number, made: () => void = () => {}): PullSource {
  const items = numbered(n);
  return new PullSource('counting', () => () => {
    made();
    return items.next().value as SourceItem | undefined;
  });
}

describe('a queue of a source that makes items on demand', () => {
  it('gives every item once and in order, each until it is taken, and then is done', () => {
    const queue = queueOf(counting(1_000));
    const values: unknown[] = [];
    for (let item = queue.peek(); item !== undefined; item = queue.peek()) {
      expect(queue.peek()).toBe(item);
      expect(queue.done).toBe(false);
      values.push(item.value);
      queue.take();
    }
    expect(values).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
    expect(queue.done).toBe(true);
  });

  it('makes 64 at once, not before they are asked for, and holds no more', () => {
    let made = 0;
    const queue = queueOf(
      counting(1_000, () => {
        made += 1;
      }),
    );
    expect(made).toBe(0);
    const after: number[] = [];
    for (let i = 0; i < 130; i++) {
      queue.peek();
      after.push(made);
      queue.take();
    }
    expect([after[0], after[63], after[64], after[127], after[128]]).toEqual([
      64, 64, 128, 128, 192,
    ]);
  });

  it('counts the CPU of the making, and of nothing else', () => {
    let cpu = 0;
    const queue = queueOf(
      counting(128, () => {
        cpu += 3;
      }),
      () => cpu,
    );
    expect(queue.cpuMicros).toBe(0);
    for (let i = 0; i < 128; i++) {
      queue.peek();
      queue.take();
      cpu += 1_000;
    }
    expect(queue.cpuMicros).toBe(128 * 3);
    // Asking past the end is making, too.
    expect(queue.done).toBe(true);
    expect(queue.cpuMicros).toBe(129 * 3);
  });

  it('throws what the source throws', () => {
    const broken = new PullSource('broken', () => () => {
      throw new Error('the file ended in the middle of a row');
    });
    expect(() => queueOf(broken).peek()).toThrow('in the middle of a row');
  });
});

it('a source whose items may have to be waited for is read ahead, and its CPU is not known', async () => {
  const queue = queueOf(new ListSource(numbered(2)));
  await queue.primed;
  expect(queue).toBeInstanceOf(ReadAhead);
  expect(queue.cpuMicros).toBeNull();
});
