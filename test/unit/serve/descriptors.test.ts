import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { allotDescriptors, type Demand, LEAST_FILES } from '../../../src/serve/descriptors.js';

/** A server of TCP and UDP with health, in a process that has 24 files open. */
const DEMAND: Demand = {
  limit: 1_024,
  inUse: 24,
  clients: undefined,
  mostClients: 10_000,
  streams: 1,
  http: true,
};

function errorOf(demand: Partial<Demand>): string {
  try {
    allotDescriptors({ ...DEMAND, ...demand });
    return 'nothing';
  } catch (error) {
    const { code, message, hint } = error as LabError;
    return `${code}: ${message} (${hint})`;
  }
}

describe('the open files of a server', () => {
  it('are enough for all that it lets in at one time, whatever the limit', () => {
    const demands = fc.record<Demand>({
      limit: fc.integer({ min: LEAST_FILES, max: 200_000 }),
      inUse: fc.integer({ min: 20, max: 60 }),
      clients: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
      mostClients: fc.constant(10_000),
      streams: fc.integer({ min: 1, max: 3 }),
      http: fc.boolean(),
    });
    fc.assert(
      fc.property(demands, (demand) => {
        try {
          const { maxClients, maxWaiting, httpConnections } = allotDescriptors(demand);
          const waiting = demand.streams * maxWaiting + (demand.http ? httpConnections : 0);
          expect(demand.inUse + maxClients + waiting).toBeLessThanOrEqual(demand.limit as number);
          expect(maxClients).toBe(demand.clients ?? Math.min(maxClients, 10_000));
          expect(Math.min(maxClients, maxWaiting, httpConnections)).toBeGreaterThanOrEqual(1);
        } catch (error) {
          if (!(error instanceof LabError)) throw error;
          expect(error.code).toBe('LAB_ERR_FD_LIMIT');
        }
      }),
    );
  });

  it('go to as many clients as asked for, and the rooms for those who wait are made smaller', () => {
    expect(allotDescriptors({ ...DEMAND, clients: 900 })).toEqual({
      maxClients: 900,
      maxWaiting: 42,
      httpConnections: 42,
    });
    expect(allotDescriptors({ ...DEMAND, limit: 20_000 })).toEqual({
      maxClients: 10_000,
      maxWaiting: 1_024,
      httpConnections: 1_024,
    });
  });

  it('that do not suffice for the clients asked for are an error that names the remedy', () => {
    expect(errorOf({ clients: 976 })).toBe('nothing');
    expect(errorOf({ clients: 977 })).toBe(
      'LAB_ERR_FD_LIMIT: maxClients 977 needs 1025 open files, the limit is 1024 (raise it with: ulimit -n 1025 (as root, or in /etc/security/limits.conf), or allow at most 976 clients)',
    );
    expect(errorOf({ limit: 128, inUse: 112 })).toMatch(
      /^LAB_ERR_FD_LIMIT: maxClients 1 needs \d+ open files, the limit is 128 \(raise it with: ulimit -n \d+ \(.+\)\)$/,
    );
  });

  it('that do not suffice to start are an error, whoever asks for what', () => {
    for (const demand of [{}, { clients: 1 }, { streams: 0 }]) {
      expect(errorOf({ ...demand, limit: 64 })).toBe(
        'LAB_ERR_FD_LIMIT: a server needs at least 128 open files, the limit is 64 (raise it with: ulimit -n 1024)',
      );
    }
  });

  it('lower the default number of clients, and that is said', () => {
    expect(allotDescriptors(DEMAND)).toEqual({
      maxClients: 862,
      maxWaiting: 61,
      httpConnections: 61,
      warning: expect.stringContaining('the limit is 1024: ulimit -n 10048 raises it'),
    });
  });

  it('have no limit where there is none, and clients none on a single UDP socket', () => {
    expect(allotDescriptors({ ...DEMAND, limit: null, clients: 50_000 }).maxClients).toBe(50_000);
    expect(allotDescriptors({ ...DEMAND, streams: 0, limit: 200, clients: 50_000 })).toMatchObject({
      maxClients: 50_000,
      httpConnections: 160,
    });
  });
});

describe('files that run out anywhere', () => {
  it.each(['EMFILE', 'ENFILE'])(
    'are LAB_ERR_FD_LIMIT with a remedy, not a bug of the lab: %s',
    (code) => {
      const error = LabError.from(
        Object.assign(new Error(`${code}: too many open files, open 'x'`), { code }),
      );
      expect([error.code, error.hint]).toEqual([
        'LAB_ERR_FD_LIMIT',
        expect.stringContaining('ulimit -n'),
      ]);
      expect(error.message).toBe(`${code}: too many open files, open 'x'`);
    },
  );
});
