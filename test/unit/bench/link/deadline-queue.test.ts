import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeadlineQueue } from '../../../../bench/link/emulator/deadline-queue.js';

describe('the queue of packets on their way', () => {
  it('gives them out by deadline, and those of one deadline as they came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant('pop' as const))),
        (steps) => {
          const queue = new DeadlineQueue(steps.length);
          const waiting: { readonly slot: number; readonly deadline: number }[] = [];
          steps.forEach((step, slot) => {
            if (step !== 'pop') {
              queue.push(slot, step);
              waiting.push({ slot, deadline: step });
            } else if (waiting.length > 0) {
              waiting.sort((a, b) => a.deadline - b.deadline || a.slot - b.slot);
              const first = waiting.shift();
              expect(queue.first).toBe(first?.deadline);
              expect(queue.pop()).toBe(first?.slot);
            }
            expect(queue.size).toBe(waiting.length);
          });
        },
      ),
    );
  });

  it('has nothing due when it is empty', () => {
    const queue = new DeadlineQueue(1);
    expect(queue.first).toBe(Number.POSITIVE_INFINITY);
    queue.push(0, 7);
    queue.pop();
    expect(queue.first).toBe(Number.POSITIVE_INFINITY);
  });
});
