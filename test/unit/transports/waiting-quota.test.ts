import { describe, expect, it } from 'vitest';
import { type Waiters, WaitingQuota } from '../../../src/transports/waiting-quota.js';

class Room implements Waiters {
  beyondRoom: number;

  constructor(beyondRoom: number) {
    this.beyondRoom = beyondRoom;
  }

  evict(): void {
    this.beyondRoom -= 1;
  }
}

/** How many are left in each room. */
function left(places: number, ...counts: readonly number[]): number[] {
  const waitingQuota = new WaitingQuota();
  const rooms = counts.map((count) => new Room(count));
  for (const room of rooms) waitingQuota.join(room);
  waitingQuota.fit(places);
  return rooms.map(({ beyondRoom }) => beyondRoom);
}

describe('a crowd', () => {
  it('fits in the free places of all together, and the fullest room gives way', () => {
    expect(left(10, 4, 6)).toEqual([4, 6]);
    expect(left(9, 4, 6)).toEqual([4, 5]);
    expect(left(4, 1, 9, 0)).toEqual([1, 3, 0]);
    expect(left(3, 5, 5).reduce((sum, count) => sum + count)).toBe(3);
  });

  it('has no place in a full server, nor in one that has more subscribers than places', () => {
    expect(left(0, 2, 3)).toEqual([0, 0]);
    expect(left(-5, 2, 3)).toEqual([0, 0]);
    expect(left(-5, 0, 0)).toEqual([0, 0]);
  });

  it('is no larger than 4,096, however many places are free', () => {
    expect(left(1e6, 9_000, 100)).toEqual([3_996, 100]);
  });
});
