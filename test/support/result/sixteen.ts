/** A run of 16 cells, four transports by four codecs, with every distribution that a cell can have. */
import type { LabResult } from '../../../bench/result/result.js';
import { makeCell, withStamps } from './cell-factory.js';
import { LEDGER_OPEN, makeResult, SMALL_BUFFER } from './result-factory.js';

const TRANSPORTS = ['tcp', 'ws', 'udp', 'udp-multicast'];
const CODECS = ['line-json', 'json', 'msgpack', 'binary'];

/** One is SUSPECT, one INVALID with losses; the others are VALID. */
export function makeSixteen(seconds = 10): LabResult {
  const cells = TRANSPORTS.flatMap((transport, t) =>
    CODECS.map((codec, c) => {
      const isBad = t === 2 && c === 1;
      const isDoubtful = t === 3 && c === 2;
      return withStamps(
        makeCell({
          ...{ transport, codec, clients: 100, rate: 1_000, seconds },
          ...{ medianUs: 600 + 170 * t + 60 * c, tail: 0.4 + 0.1 * c, cpuUs: 1 + t + c / 4 },
          ...(isBad ? { dropped: 30_000, reasons: [LEDGER_OPEN] } : {}),
          ...(isDoubtful ? { reasons: [SMALL_BUFFER] } : {}),
        }),
        200 + 40 * c,
      );
    }),
  );
  return makeResult(cells);
}
