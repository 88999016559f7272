import { describe, expect, it } from 'vitest';
import { COMPARED_NAMES, compareResults } from '../../../bench/compare/compare.js';
import {
  COMPARED,
  findMetric,
  METRICS,
  type Metric,
  metricOf,
  ON_REQUEST,
} from '../../../bench/metric-catalogue.js';
import { CI_METRICS, valuesByCell } from '../../../bench/run/stop-rule.js';
import { checkThresholds, parseThreshold } from '../../../bench/verdict/threshold.js';
import { RANKED } from '../../../reports/model/ranking.js';
import { readProject, tableRows } from '../../support/docs/docs.js';
import { makeCell, withStamps } from '../../support/result/cell-factory.js';
import { makeRepeated } from '../../support/result/repeated.js';

const cell = withStamps(makeCell({ transport: 'udp', dropped: 500 }));

const LIMITS: Readonly<Record<Metric['unit'], string>> = {
  us: '0us',
  cpu_us: '0us',
  per_s: '0',
  share: '0%',
  messages: '0',
  bytes: '0B',
};

describe('the catalogue of metrics', () => {
  it('defines each metric once, and finds it by its name', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    for (const metric of METRICS) expect(metricOf(metric.name)).toBe(metric);
    expect(findMetric('p98')).toBeUndefined();
    expect(findMetric('constructor')).toBeUndefined();
  });

  it.each(METRICS)('$name is what a threshold of that name reads', (metric) => {
    const [result] = checkThresholds(
      [parseThreshold('--threshold', `${metric.name}>=${LIMITS[metric.unit]}`)],
      [cell],
    );
    expect(result!.value).toBe(metric.value(cell));
  });

  it('has everything that is compared, and comparisons read the values there', () => {
    const result = makeRepeated(1, [cell]);
    const inputs = [1, 2].map((i) => ({ name: `${i}.json`, result }));
    const [compared] = compareResults(inputs, { metrics: COMPARED_NAMES }).candidates[0]!.cells;
    expect(compared!.metrics.map(({ metric }) => metric)).toEqual(COMPARED_NAMES);
    for (const { metric: name, unit, better, reference } of compared!.metrics) {
      const metric: Metric = COMPARED[name];
      expect(METRICS).toContain(metric);
      expect([unit, better, reference.median]).toEqual([
        metric.unit,
        metric.better,
        metric.value(cell),
      ]);
    }
  });

  it('compares on request only what says more of the clients than of the path', () => {
    const inputs = [1, 2].map((i) => ({ name: `${i}.json`, result: makeRepeated(1, [cell]) }));
    const [compared] = compareResults(inputs).candidates[0]!.cells;
    const names = compared!.metrics.map(({ metric }) => metric);
    expect(COMPARED_NAMES.filter((name) => !names.includes(name))).toEqual(ON_REQUEST);
    expect(ON_REQUEST).toEqual(['receipt', 'instrument']);
  });

  it.each(CI_METRICS)('%s, which --repeat auto may aim at, is one that is compared', (name) => {
    expect(COMPARED_NAMES).toContain(name);
    const [values] = valuesByCell([cell], name).values();
    expect(values).toEqual([COMPARED[name].value(cell)]);
  });

  it('has everything that a summary ranks', () => {
    for (const metric of RANKED) expect(METRICS).toContain(metric);
  });
});

describe('docs/design/methodology.md, "Metrics by name"', () => {
  const rows = tableRows(readProject('docs/design/methodology.md'))
    .filter(({ heading }) => heading === 'Metrics by name')
    .map(({ cells }) => cells.map((text) => text.replaceAll('`', '')));
  const told = rows.flatMap(([names = '', unit, better, resolution]) =>
    names.split(', ').map((name) => [name, unit, better, resolution]),
  );

  it('has one line for each metric, with its unit, direction and resolution, and no other', () => {
    const shown = ({ unit, grain }: Metric): string => {
      if (grain === 0) return 'as measured';
      return unit === 'share' ? `${grain * 100} %` : `${grain} µs`;
    };
    const units = { us: 'µs', cpu_us: 'CPU-µs', per_s: 'messages/s', share: 'share' } as const;
    const expected = METRICS.map((metric) => [
      metric.name,
      { ...units, messages: 'messages', bytes: 'bytes' }[metric.unit],
      metric.better,
      shown(metric),
    ]);
    expect(told.sort()).toEqual(expected.sort());
  });

  it('says which are guarded against counting survivors only', () => {
    const guarded = rows
      .filter(([, , , , guard]) => guard === 'yes')
      .flatMap(([names = '']) => names.split(', '));
    expect(guarded.sort()).toEqual(
      METRICS.filter(({ survival }) => survival !== undefined)
        .map(({ name }) => name)
        .sort(),
    );
  });
});
