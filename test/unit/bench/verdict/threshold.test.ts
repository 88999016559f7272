import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rankCells } from '../../../../bench/compare/rank.js';
import { COMPARED, metricOf } from '../../../../bench/metric-catalogue.js';
import type { CellResult } from '../../../../bench/result/result.js';
import { localServer } from '../../../../bench/result/server.js';
import { valuesByCell } from '../../../../bench/run/stop-rule.js';
import { checkThresholds, parseThreshold } from '../../../../bench/verdict/threshold.js';
import { workloadsOf } from '../../../../reports/model/cells.js';
import { candidatesOf } from '../../../../reports/model/ranking.js';
import { whyNoFigure } from '../../../../reports/model/threshold-words.js';
import { LabError } from '../../../../src/errors.js';
import { makeCell, withStamps } from '../../../support/result/cell-factory.js';
import { makeLatency } from '../../../support/result/latency-factory.js';
import { makeResult } from '../../../support/result/result-factory.js';

const parse = (text: string): ReturnType<typeof parseThreshold> =>
  parseThreshold('--threshold', text);
const check = (text: string, cell: CellResult): ReturnType<typeof checkThresholds>[number] =>
  checkThresholds([parse(text)], [cell])[0]!;

describe('arrival, receipt and instrument', () => {
  const received = makeCell();
  const arrived = withStamps(received, 250);

  it('are metrics of their own, and plain percentiles are of the latency, whichever it counts to', () => {
    for (const [text, value] of [
      ['arrival_p99<1s', arrived.arrival_us!.p99],
      ['receipt_p50<1s', arrived.receipt_us.p50],
      ['instrument_max<1s', arrived.instrument_us!.max],
      ['p99<1s', arrived.arrival_us!.p99],
    ] as const)
      expect(check(text, arrived)).toMatchObject({ value, passed: true });
    expect(check('p99<1s', received).value).toBe(received.receipt_us.p99);
  });

  it.each(['arrival_p99<1s', 'instrument_p50<1s'])(
    'without stamps %s is broken, with the reason',
    (text) => {
      const result = check(text, received);
      expect(result).toMatchObject({ value: null, passed: false });
      expect(whyNoFigure(result, received, String)).toContain('the kernel stamped nothing');
    },
  );

  it('an arrival of survivors passes nothing, and the instrument is not of messages', () => {
    const lossy = withStamps(makeCell({ dropped: 20_000 }));
    expect(check('arrival_p99<1s', lossy)).toMatchObject({ value: null, passed: false });
    expect(whyNoFigure(check('arrival_p99<1s', lossy), lossy, String)).toContain('never arrived');
    expect(check('instrument_p99<1s', lossy).passed).toBe(true);
  });
});

describe('a threshold', () => {
  it.each([
    ['p99<5ms', 5_000],
    ['p99 <= 5 ms', 5_000],
    ['p999<1.001ms', 1_001],
    ['max<2s', 2_000_000],
    ['p50>800us', 800],
    ['cpu<1.5µs', 1.5],
    ['schedule_lag_p99<0.1μs', 0.1],
    ['loss<0.1%', 0.001],
    ['loss<=0.001', 0.001],
    ['reach>=100%', 1],
    ['loss<=0', 0],
    ['duplicates<=0', 0],
    ['reordered<20k', 20_000],
    ['goodput>=1.5M', 1_500_000],
    ['goodput>250/s', 250],
    ['goodput>=2k/s', 2_000],
    ['rss<200MiB', 209_715_200],
    ['rss<200M', 209_715_200],
    ['rss<1.5KiB', 1_536],
    ['rss<4096B', 4_096],
  ])('%s has the limit %d in the unit of the result', (text, limit) => {
    expect(parse(text)).toMatchObject({ expression: text, limit });
  });

  it.each([
    ['p99<5', 'has no unit', '5ms'],
    ['staleness_p99<0', 'has no unit', '5ms'],
    ['p99<5MiB', 'cannot have: MiB', '5ms'],
    ['p99<5%', 'cannot have: %', '5ms'],
    ['p99<5m', 'cannot have: m', '5ms'],
    ['loss<1ms', 'cannot have: ms', '0.1%'],
    ['loss<5', 'out of range', '100%'],
    ['loss<101%', 'out of range', '100%'],
    ['rss<200', 'has no unit', '200MiB'],
    ['rss<200ms', 'cannot have: ms', '200MiB'],
    ['goodput>5ms', 'cannot have: ms', '20k'],
    ['duplicates<1%', 'cannot have: %', '20k'],
    ['p98<5ms', 'names no metric: p98', 'p999'],
    ['P99<5ms', 'names no metric: P99', 'p99'],
    ['constructor<5ms', 'names no metric', 'p99'],
    ['p99<5constructor', 'cannot have', '5ms'],
    ['p99', 'is not a threshold', "--threshold 'p99<5ms'"],
    ['p99=5ms', 'is not a threshold', "--threshold 'p99<5ms'"],
    ['p99<-5ms', 'is not a threshold', "--threshold 'p99<5ms'"],
    ['p99<5e3us', 'is not a threshold', "--threshold 'p99<5ms'"],
    ['p99<5ms,loss<1%', 'is not a threshold', "--threshold 'p99<5ms'"],
    ['', 'is not a threshold', "--threshold 'p99<5ms'"],
    [`p99<${'9'.repeat(400)}ms`, 'is out of range', '5ms'],
  ])('%s is refused: it %s', (text, problem, hint) => {
    let error: unknown;
    try {
      parse(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(LabError);
    const { code, message, hint: advice } = error as LabError;
    expect(code).toBe('LAB_ERR_BAD_VALUE');
    expect(message).toContain(problem);
    expect(message).toContain('--threshold "');
    expect(message.length).toBeLessThan(150);
    expect(advice).toContain(hint);
  });

  it('is either read or refused as a bad value, whatever is typed', () => {
    const part = fc.constantFrom(
      'p99',
      'loss',
      'rss',
      '<',
      '<=',
      '>',
      '5',
      '0.1',
      'ms',
      '%',
      'k',
      ' ',
      '=',
      '\n',
      '-',
    );
    const typed = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(typed, (text) => {
        try {
          expect(parse(text).limit).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect((error as LabError).code).toBe('LAB_ERR_BAD_VALUE');
          expect((error as LabError).message).not.toContain('\n');
        }
      }),
    );
  });
});

describe('holding it against a cell', () => {
  const cell = makeCell(
    {},
    { loss_ratio: 0.001, latency_us: { ...makeLatency(100_000, 900), p99: 5_000 } },
  );

  it.each([
    ['p99<5ms', false],
    ['p99<=5ms', true],
    ['p99>=5ms', true],
    ['p99>5ms', false],
    ['p99<5.001ms', true],
    ['loss<0.1%', false],
    ['loss<=0.1%', true],
  ])('at its very limit, %s: %j', (text, passed) => {
    expect(check(text, cell)).toMatchObject({ expression: text, cell: cell.id, passed });
  });

  it('takes each figure from its place in the result', () => {
    const plan = makeCell({ transport: 'udp', dropped: 500 });
    const told = (metric: string, limit: string): unknown => {
      const { value, unit } = check(`${metric}>${limit}`, plan);
      return [value, unit];
    };
    expect(told('p50', '0us')).toEqual([plan.latency_us.p50, 'us']);
    expect(told('p999', '0us')).toEqual([plan.latency_us.p999, 'us']);
    expect(told('service_p999', '0us')).toEqual([plan.service_us.p999, 'us']);
    expect(told('completion_p90', '0us')).toEqual([plan.completion_us!.p90, 'us']);
    expect(told('staleness_p99', '0us')).toEqual([plan.staleness_us!.p99, 'us']);
    expect(told('schedule_lag_p99', '0us')).toEqual([localServer(plan)?.schedule_lag_us.p99, 'us']);
    expect(told('jitter_p99', '0us')).toEqual([plan.jitter_us!.p99, 'us']);
    expect(told('cpu', '0us')).toEqual([plan.cpu_us_per_delivery.server, 'us']);
    expect(told('loss', '0%')).toEqual([500 / 1_000_000, 'ratio']);
    expect(told('reach', '0%')).toEqual([999_500 / 1_000_000, 'ratio']);
    expect(told('goodput', '0')).toEqual([99_950, 'messages/s']);
    expect(told('duplicates', '0')).toEqual([0, 'messages']);
    expect(told('rss', '0B')).toEqual([plan.rss_bytes.server, 'bytes']);
  });

  it.each([
    ['p99<9999s', { latency_us: makeLatency(50, 900) }],
    ['p50>0us', { latency_us: makeLatency(0, 900) }],
    ['completion_p50<1s', { completion_us: null }],
    ['staleness_p99>=0s', { staleness_us: null }],
    ['jitter_max<1s', { jitter_us: null }],
    ['loss<=100%', { loss_ratio: null }],
    ['reach<=100%', { reach: null }],
    ['cpu<1s', { cpu_us_per_delivery: { server: null, clients: null } }],
    // Without their report these are zeros that nobody counted.
    ['duplicates<=0', { clients_use: null }],
    ['reordered<=0', { clients_use: null }],
    ['rss<1G', { rss_bytes: { ...makeCell().rss_bytes, server: null } }],
    ['goodput>=0', { goodput: { messages_per_s: null, bytes_per_s: null } }],
  ])('%s is broken by a figure that cannot be told, whichever way it looks', (text, overrides) => {
    const [metric = '', limit = ''] = text.split(/[<>]=?/);
    for (const operator of ['<', '<=', '>', '>=']) {
      expect(check(metric + operator + limit, makeCell({}, overrides))).toMatchObject({
        value: null,
        passed: false,
      });
    }
  });

  it('gives a result for every threshold and every cell, in that order', () => {
    const cells = [makeCell({ transport: 'tcp' }), makeCell({ transport: 'udp' })];
    const results = checkThresholds([parse('p99<5ms'), parse('loss<1%')], cells);
    expect(results.map(({ expression, cell: id }) => [expression, id])).toEqual([
      ['p99<5ms', cells[0]!.id],
      ['p99<5ms', cells[1]!.id],
      ['loss<1%', cells[0]!.id],
      ['loss<1%', cells[1]!.id],
    ]);
    expect(checkThresholds([], cells)).toEqual([]);
    expect(checkThresholds([parse('p99<5ms')], [])).toEqual([]);
  });
});

describe('a limit on what only the survivors have', () => {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  /** 1,000,000 deliveries expected, 10,000 messages published to 100 clients. */
  const lossy = (dropped: number, change: Partial<CellResult> = {}): CellResult =>
    makeCell({ transport: 'udp', dropped }, { series: [], ...change });

  it.each([
    'p50',
    'p90',
    'p99',
    'p999',
    'max',
    'service_p50',
    'service_max',
    'completion_p50',
    'completion_p99',
    'jitter_p50',
    'jitter_max',
  ])('%s does not pass where 52.9 % of the messages never arrived, and says why', (metric) => {
    for (const condition of ['<1000s', '>0us']) {
      const cell = lossy(529_000, { complete: 10 });
      const result = check(`${metric}${condition}`, cell);
      expect(result).toMatchObject({ value: null, passed: false });
      expect(whyNoFigure(result, cell, percent)).toMatch(
        /^(52\.9|99\.\d) % of its messages never /,
      );
    }
  });

  it.each([
    ['p50', 500_000],
    ['p90', 100_000],
    ['p99', 10_000],
    ['p999', 1_000],
    ['max', 0],
    ['service_p99', 10_000],
    ['jitter_p99', 10_000],
  ])('%s is known up to the share that it leaves out: %d of a million', (metric, most) => {
    expect(check(`${metric}<1000s`, lossy(most)).passed).toBe(true);
    expect(check(`${metric}<1000s`, lossy(most + 1)).passed).toBe(false);
  });

  it('staleness knows of lost messages, but not of clients that received nothing', () => {
    const jitter = (subscribers: number): CellResult['jitter_us'] => ({
      subscribers,
      p50: 1,
      p99: 2,
      max: 3,
    });
    expect(check('staleness_p99<1000s', lossy(300_000)).passed).toBe(true);
    const silent = lossy(20_000, { joined: 100, jitter_us: jitter(98) });
    expect(check('staleness_p99<1000s', silent).passed).toBe(false);
    expect(check('staleness_p90<1000s', silent).passed).toBe(true);
    const result = check('staleness_p99<1000s', silent);
    expect(whyNoFigure(result, silent, percent)).toContain('2.0 % of its clients received nothing');
  });

  it('on the schedule lag may use the name that it had at first', () => {
    const { expression, metric } = parse('lag_p99<0.1ms');
    expect({ expression, metric }).toEqual({
      expression: 'lag_p99<0.1ms',
      metric: 'schedule_lag_p99',
    });
  });

  it('goodput, loss, CPU and the generator’s lag count what is missing by themselves', () => {
    const cell = lossy(529_000);
    for (const text of [
      'goodput>0',
      'loss<60%',
      'reach>40%',
      'cpu<1s',
      'schedule_lag_p99<1s',
      'duplicates<=0',
    ])
      expect(check(text, cell).passed).toBe(true);
  });

  it('is the rule by which cells are ranked, compared and repeated: what one refuses, all refuse', () => {
    const rival = makeCell({ transport: 'tcp' });
    fc.assert(
      fc.property(fc.nat({ max: 1_000_000 }), (dropped) => {
        const cell = lossy(dropped);
        for (const name of ['p50', 'p99'] as const) {
          const { value } = check(`${name}<1000s`, cell);
          expect(COMPARED[name].value(cell)).toBe(value);
          const [workload] = workloadsOf(makeResult([rival, cell]));
          const { candidates } = candidatesOf(workload!);
          const [[ranking] = []] = rankCells([candidates], [metricOf(name)]).workloads;
          const isRanked = !ranking!.unranked.some(({ transport }) => transport === 'udp');
          if (cell.delivered! > 0) expect(isRanked).toBe(value !== null);
          expect(valuesByCell([cell], name).get(cell.id.replace(/#\d+$/, ''))).toEqual([value]);
        }
      }),
      { numRuns: 50 },
    );
  });
});
