import fc from 'fast-check';
import { expect, it } from 'vitest';
import { share } from '../../bench/share.js';

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
