import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shardOf, share } from '../../../../bench/workload/share.js';

it('the shares of all processes add up to the clients, and no two differ by more than one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 1, max: 64 }),
      (clients, processes) => {
        const shares = Array.from({ length: processes }, (_, i) => share(clients, processes, i));
        expect(shares.reduce((sum, one) => sum + one, 0)).toBe(clients);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

it('clients taken in turn give every shard its share, however many there are', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 1, max: 64 }),
      (clients, shards) => {
        const counts = Array.from({ length: shards }, () => 0);
        for (let client = 0; client < clients; client++) counts[shardOf(client, shards)]! += 1;
        expect(counts).toEqual(counts.map((_, i) => share(clients, shards, i)));
      },
    ),
  );
});
