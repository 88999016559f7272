/** What is said of a choice, to the word. */
import { describe, expect, it } from 'vitest';
import type { ChoiceDocument } from '../../../../bench/choose/document.js';
import { card } from '../../../../reports/choose/card.js';
import { renderChoice, renderChoiceMarkdown } from '../../../../reports/choose/markdown.js';
import { evidenceRows } from '../../../../reports/choose/rows.js';
import { tornadoChart } from '../../../../reports/choose/tornado.js';
import { chance, lessWords, money } from '../../../../reports/choose/words.js';
import { makeChoice, type Spot } from '../../../support/result/choice.js';
import { ask } from '../../../support/result/choosing.js';

const STACKS = [{ transport: 'tcp' }, { transport: 'udp' }, { transport: 'udp', repair: 'nak' }];
const at = (loss: number): Spot => ({ where: { rtt: 50, loss, burst: null } });
const wobble = (run: number): number => 1 + (((run * 3) % 8) - 3.5) / 400;

/** tcp grows dear with loss, udp loses, udp with repair costs a fifth more than it. */
const result = makeChoice(
  [at(0.5), at(1), at(2)],
  STACKS,
  8,
  ({ transport, repair }, { where }, run) => ({
    bytes:
      (transport === 'tcp' ? 110 + 50 * where!.loss : repair === 'nak' ? 144 : 120) * wobble(run),
    loss: transport === 'udp' && repair !== 'nak' ? where!.loss / 100 : 0,
    staleness: 30_000 * wobble(run + 1),
    ...{ cpu: 0, rss: 0 },
  }),
);
const question = { links: ['delay=25000us/loss=0.5%'], slo: 'staleness_p99<500ms,loss=0' };
const prices = { 'cpu-hour': 0.04, 'gb-egress': 0.05, 'gb-ram-hour': 0.005 };

const texts = (document: ChoiceDocument): string[] =>
  card(document).map(({ label, text }) => `${label} ${text}`);

describe('the card', () => {
  it('says in four lines what to choose, why, unless what, and for how much', () => {
    expect(texts(ask(result, { ...question, prices }))).toMatchInlineSnapshot(`
      [
        "CHOOSE tcp/msgpack: best in 100 % of 10,000 resamplings of the runs",
        "BECAUSE it meets staleness_p99<500ms and loss=0 and costs 6.25 % less than udp/msgpack repair nak, the next",
        "UNLESS the loss behind delay=25000us/loss=0.5% is above 0.68 % (then udp/msgpack repair nak; interpolated), or the limit of staleness_p99<500ms is below 30 ms (then nothing meets the objectives)",
        "COST $1,774 per 1,000 clients a month, $0.00243 per client-hour, for what this load uses (no capacity known: lab search)",
      ]
    `);
  });

  it('says of prices that nobody gave that they are assumed', () => {
    const { 'cpu-hour': _, ...some } = prices;
    const cost = (document: ChoiceDocument): string => texts(document).at(-1)!;
    expect(cost(ask(result, { ...question, prices: some }))).toMatch(
      /; prices of cpu-hour assumed$/,
    );
    expect(cost(ask(result, question))).toMatch(/; prices assumed$/);
  });

  it('says of a tie how many runs would tell, with the command, and what a guess costs', () => {
    const tie = makeChoice([{}], STACKS.slice(0, 2), 8, ({ transport }, _, run) => ({
      bytes:
        (transport === 'tcp' ? 150 : 168) * (1 + (((run * 3 + transport.length) % 8) - 3.5) / 17),
    }));
    expect(texts(ask(tie))).toMatchInlineSnapshot(`
      [
        "CANNOT CHOOSE tcp/msgpack and udp/msgpack tie in cost: about 65 runs of each would tell",
        "RUN lab run --stack tcp/repair=none,udp/repair=none --link none --repeat 57",
        "MEANWHILE tcp/msgpack is best in 85 % of the resamplings; to take it loses 0.72 % on average",
        "COST tcp/msgpack $1,993 and udp/msgpack $2,230 per 1,000 clients a month",
      ]
    `);
  });

  it('says that stacks are the same in everything', () => {
    expect(texts(ask(makeChoice([{}], STACKS.slice(0, 2), 8, () => ({}))))[0]).toBe(
      'CANNOT CHOOSE tcp/msgpack and udp/msgpack are the same in cost, p99 latency, p99 staleness, loss, server CPU, IP bytes and memory per client: take either',
    );
  });

  it('says what too few runs do not tell', () => {
    const few = makeChoice([{}], STACKS.slice(0, 1), 5, () => ({}));
    expect(texts(ask(few, { slo: 'p99<50ms' }))).toEqual([
      'CANNOT CHOOSE whether tcp/msgpack meets p99<50ms is not told by these runs: it takes about 6 of each cell',
      'RUN lab run --stack tcp/repair=none --link none --repeat 1',
    ]);
  });

  it('says by how much nothing meets the objectives', () => {
    const slow = makeChoice([{}], STACKS.slice(0, 2), 8, ({ transport }) => ({
      p99: transport === 'tcp' ? 80_000 : 65_000,
    }));
    expect(texts(ask(slow, { slo: 'p99<50ms' }))).toEqual([
      'CANNOT CHOOSE nothing meets p99<50ms; nearest is udp/msgpack with 1.30 times the limit of p99<50ms',
    ]);
  });

  it('says that values are too old in the feed itself', () => {
    const old = makeChoice([{}], STACKS.slice(0, 1), 8, () => ({ staleness: 900_000 }));
    expect(texts(ask(old, { slo: 'staleness_p99<500ms' }))[0]).toMatch(
      /in this feed a value is 89\d ms old \(p99\) before any transport/,
    );
  });

  it('says that the figures are doubtful, and of what', () => {
    const cells = result.cells.map((cell) => ({
      ...cell,
      verdict: {
        status: 'SUSPECT' as const,
        reasons: [{ code: 'CPU_CONTENDED', severity: 'SUSPECT' as const, message: '', hint: '' }],
      },
    }));
    const document = ask({ ...result, cells }, question);
    expect(texts(document).at(-1)).toBe(
      'DOUBTFUL most runs of 3 cells are SUSPECT (CPU_CONTENDED): measure again on a quiet machine',
    );
    expect(evidenceRows(document)[0]!.stack).toMatch(/^⚠ /);
  });
});

describe('the page', () => {
  const document = ask(result, { ...question, prices });

  it('has the card, the evidence, the flips, the costs and the commands', () => {
    const { markdown, files } = renderChoice(document);
    expect(markdown).toMatchSnapshot();
    expect([...files.keys()]).toEqual(['flips.svg']);
    expect(renderChoice(document).markdown).toBe(markdown);
  });

  it('without its folder has no chart', () => {
    expect(renderChoiceMarkdown(document)).not.toContain('flips.svg');
  });

  it('of a tie has no chart and no flips', () => {
    const tie = ask(makeChoice([{}], STACKS.slice(0, 2), 8, () => ({})));
    const { markdown, files } = renderChoice(tie);
    expect(files.size).toBe(0);
    expect(markdown).toContain('Nothing is chosen yet.');
  });
});

describe('the tornado', () => {
  const svg = tornadoChart(ask(result, { ...question, prices }))!;

  it('has a row for each axis, the nearest change on top, and the rest in words', () => {
    const rows = [...svg.matchAll(/<g><title>(.*?)<\/title>/g)].map(([, title]) => title);
    expect(rows[0]).toBe('loss behind delay=25000us/loss=0.5%');
    expect(rows).toContain('limit of staleness_p99&lt;500ms');
    expect(svg).toContain('≈ 0.68 % → udp/msgpack repair nak');
    expect(svg.match(/<desc[^>]*>(.*?)<\/desc>/)![1]).toContain('is above 0.68 %');
  });

  it('is the same bytes each time', () => {
    expect(tornadoChart(ask(result, { ...question, prices }))).toBe(svg);
  });
});

describe('words', () => {
  it.each([
    [0, '$0'],
    [0.00213, '$0.00213'],
    [0.000004565, '$0.00000457'],
    [1.5, '$1.5'],
    [41.55, '$41.5'],
    [1_240.4, '$1,240'],
  ])('%d is %s', (value, text) => {
    expect(money(value)).toBe(text);
  });

  it('tell chances in whole percents, and how much less', () => {
    expect([0, 0.004, 0.943, 0.996, 1].map(chance)).toEqual([
      '0 %',
      '<1 %',
      '94 %',
      '>99 %',
      '100 %',
    ]);
    expect([lessWords(80, 100), lessWords(110, 100), lessWords(5, 5)]).toEqual([
      '20 % less',
      '10 % more',
      'as much',
    ]);
  });
});
