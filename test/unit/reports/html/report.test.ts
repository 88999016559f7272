import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { LabResult } from '../../../../bench/result/result.js';
import { resultSchema } from '../../../../bench/result/result.js';
import { cardOf } from '../../../../reports/card.js';
import { renderHtmlReport } from '../../../../reports/html/run/report.js';
import type { PageModel } from '../../../../reports/html/view/model.js';
import { makeCell } from '../../../support/result/cell-factory.js';
import { makeRepeated, makeRuns } from '../../../support/result/repeated.js';
import {
  LEDGER_OPEN,
  makeInterrupted,
  makeMatrix,
  makeResult,
} from '../../../support/result/result-factory.js';
import { makeSixteen } from '../../../support/result/sixteen.js';

const page = renderHtmlReport(makeMatrix());

function embedded(html: string): LabResult {
  const [, base64] = /href="data:application\/gzip;base64,([^"]*)"/.exec(html)!;
  const json = gunzipSync(Buffer.from(base64!, 'base64')).toString('utf8');
  return resultSchema.parse(JSON.parse(json));
}

function modelOf(html: string): PageModel {
  const [, json] = /<script type="application\/json" id="model">([\s\S]*?)<\/script>/.exec(html)!;
  return JSON.parse(json!) as PageModel;
}

const hashOf = (text: string): string =>
  `'sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}'`;

describe('the page of a run', () => {
  it('is the same bytes each time, from the result alone', () => {
    const again = resultSchema.parse(JSON.parse(JSON.stringify(makeMatrix())));
    expect(renderHtmlReport(again)).toBe(page);
  });

  it('runs its own script and style and nothing else, by their hashes', () => {
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)!;
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
    const styles = [...page.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, text]) => text!);
    expect([scripts.length, styles.length]).toEqual([1, 1]);
    expect(policy!.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hashOf(scripts[0]!)}`,
      `style-src ${hashOf(styles[0]!)}`,
      "base-uri 'none'",
      "form-action 'none'",
    ]);
    expect(page).not.toMatch(/<[a-z]+[^>]* (style|on[a-z]+)=/);
  });

  it('names no address outside of itself', () => {
    const links = [...page.matchAll(/<[a-z]+[^>]* (?:href|src|action)="([^"]*)"/g)];
    const out = links.map(([, to]) => to!).filter((to) => !/^(#|data:application\/gzip)/.test(to));
    expect(out).toEqual([]);
    expect(page.replace(/<script>[\s\S]*?<\/script>/, '')).not.toMatch(/https?:|url\(/);
  });

  it('has a language, a title, landmarks, and names that are there once', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<title>tcp, udp: ');
    for (const landmark of ['header', 'nav', 'main', 'h1'])
      expect(page.match(new RegExp(`<${landmark}[ >]`, 'g')), landmark).toHaveLength(1);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id!);
    expect(ids.filter((id, i) => ids.indexOf(id) < i)).toEqual([]);
    const referred = [...page.matchAll(/ (?:aria-labelledby="([^"]*)"|href="#([^"]*)")/g)].flatMap(
      ([, labels, target]) => (labels ?? target!).split(' '),
    );
    expect(referred.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('answers before it shows: the card and a picture, then the figures', () => {
    const [answer, picture, figures, script] = [
      'class="answer"',
      '<figure class="chart">',
      'id="figures"',
      '<script',
    ].map((text) => page.indexOf(text));
    expect(answer).toBeGreaterThan(0);
    expect([answer, picture, figures, script]).toEqual(
      [answer!, picture!, figures!, script!].sort((a, b) => a - b),
    );
    const [, lines] = /<dl>([\s\S]*?)<\/dl>/.exec(page)!;
    expect(lines!.match(/<dt>/g)!.length).toBe(cardOf(makeMatrix()).length);
  });

  it('marks each figure of a row that is not VALID, and says why', () => {
    const row = /<tr id="row-c3" class="invalid">.*/.exec(page)![0];
    expect(row).toContain('✘ INVALID');
    expect(row).toContain('LEDGER_UNBALANCED, BUFFER_CAPPED');
    const figures = [...row.matchAll(/<td class="n"[^>]*>([^<]*)/g)].map(([, text]) => text!);
    expect(figures.length).toBeGreaterThan(5);
    expect(figures.filter((text) => !/^([✘⚠] |–)/.test(text))).toEqual([]);
    expect(page).toContain(LEDGER_OPEN.message);
    expect(page).toContain(`What to do: ${LEDGER_OPEN.hint}`);
  });

  it('holds the result, whole where it is small', () => {
    expect(embedded(page)).toEqual(makeMatrix());
    expect(page).toContain('The whole result is in this page');
  });

  it('draws from its model what its table names', () => {
    const { table, charts } = modelOf(page);
    expect(table.rows.map(({ name }) => name)).toEqual([
      'tcp/line-json',
      'tcp/msgpack',
      'udp/line-json',
      'udp/msgpack',
    ]);
    const [percentiles, p99, delivered] = charts;
    const ids = table.rows.map(({ id }) => id);
    for (const { series, x } of charts) {
      expect(series.map(({ id }) => id)).toEqual(ids);
      expect(series.every(({ values }) => values.length === x.at.length)).toBe(true);
    }
    const cell = makeMatrix().cells[0]!;
    const at = (place: number): number | null =>
      percentiles!.series[0]!.values[percentiles!.x.at.indexOf(place)]!;
    // The model is rounded to four digits, more than a pixel.
    expect(at(2)! / cell.latency_us.p50!).toBeCloseTo(1, 3);
    expect(at(100)! / cell.latency_us.p99!).toBeCloseTo(1, 3);
    expect(p99!.series[0]!.values).toEqual(cell.series.map(({ p99_us }) => p99_us));
    expect(delivered!.x.at).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('says first what spoils the figures', () => {
    const cut = renderHtmlReport(makeInterrupted());
    expect(cut.indexOf('INCOMPLETE')).toBeGreaterThan(0);
    expect(cut.indexOf('INCOMPLETE')).toBeLessThan(cut.indexOf('class="answer"'));
    expect(cut).toContain('The machine spoils the figures below');
  });

  it('says which thresholds broke, before the answer and in a table', () => {
    const held = (expression: string, value: number | null, passed: boolean) => ({
      ...{ expression, cell: 'tcp-line-json', value, limit: 5_000, unit: 'us', passed },
    });
    const html = renderHtmlReport({
      ...makeMatrix(),
      thresholds: [held('p50<5ms', 900, true), held('p99<5ms', 5_000.4, false)],
    });
    const warning = html.indexOf('1 of 2 thresholds broken: p99&lt;5ms.');
    expect(warning).toBeGreaterThan(0);
    expect(warning).toBeLessThan(html.indexOf('class="answer"'));
    const section = html.slice(html.indexOf('<section id="thresholds"'));
    expect(section.indexOf('✘ broken')).toBeLessThan(section.indexOf('✔ passed'));
    expect(section).toContain('data-v="5000.4">5000.4</td>');
    expect(page).not.toContain('id="thresholds"');
  });

  it('of runs of a cell shows the median, its interval, and how many runs there are', () => {
    const p99s = [3_000, 4_000, 5_000, 6_000, 7_000];
    const html = renderHtmlReport(makeRepeated(1, makeRuns(p99s.map((p99) => ({ p99 })))));
    expect(html).toMatch(/✔ VALID 5\/5/);
    const { columns, rows } = modelOf(html).table;
    const p99 = rows[0]!.cells[columns.findIndex(({ title }) => title === 'p99')]!;
    expect(p99.value).toBe(5_000);
    expect(p99.detail).toMatch(/^[\d.]+ to [\d.]+ ms$/);
  });

  it('can be made of a result without a cell, and of one without a delivery', () => {
    expect(renderHtmlReport(makeResult([]))).toContain('no cell');
    const nobody = makeCell({ clients: 0 });
    expect(renderHtmlReport(makeResult([nobody]))).toContain('no account was left');
  });
});

describe('the page of a run of 16 cells', () => {
  it.each([10, 60])(
    'of %i s each is at most 300 kB, with every figure of the result',
    (seconds) => {
      const result = makeSixteen(seconds);
      const html = renderHtmlReport(result);
      expect(Buffer.byteLength(html)).toBeLessThanOrEqual(300_000);
      const held = embedded(html);
      const plain = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value, (key, one) => (key === 'hdr' ? null : (one as unknown))));
      expect(plain(held)).toEqual(plain(result));
    },
  );
});
