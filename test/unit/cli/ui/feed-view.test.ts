import { describe, expect, it } from 'vitest';
import { alertEnvironment } from '../../../../cli/feed/alert-exec.js';
import { eventText } from '../../../../cli/feed/event-text.js';
import { rawFormat } from '../../../../cli/feed/message-text.js';
import { FeedBoard, type KeyRow } from '../../../../cli/ui/feed-board.js';
import { type FeedFrame, renderFeed, visibleKeys } from '../../../../cli/ui/feed-view.js';
import type { FeedStats } from '../../../../src/client/feed-stats.js';
import type { MessageValue } from '../../../../src/core/message.js';
import { LabError } from '../../../../src/errors.js';

const NOW = 1_795_287_600_000_000;
const plain = (_format: unknown, text: string): string => text;

const STATS: FeedStats = {
  connected: true,
  epoch: '0123456789abcdef',
  received: 1_200,
  snapshot: 34,
  buffered: 0,
  expected: 1_300,
  missed: 100,
  gaps: 2,
  duplicates: 0,
  reconnects: 1,
  rate: 99.6,
  latency: { count: 1_200, p50: 456, p99: 12_345, negative: 0, overflow: 0 },
  bytes: 1_000,
};

function board(...messages: [key: string, value: MessageValue, secondsAgo?: number][]): FeedBoard {
  const filled = new FeedBoard();
  messages.forEach(([key, value, secondsAgo = 0], i) => {
    const at = NOW - secondsAgo * 1e6;
    filled.apply({ seq: i + 1, time: at, key, value }, at);
  });
  return filled;
}

function frame(filled: FeedBoard, more: Partial<FeedFrame> = {}): FeedFrame {
  const rows = filled.rows(NOW, 'key', 1_000);
  return {
    url: 'tcp://h:1',
    stats: STATS,
    rows,
    keys: filled.size,
    untracked: 0,
    notices: [],
    ...more,
  };
}

describe('the live view', () => {
  it('shows value, change since first seen, rate and age of every key', () => {
    const filled = board(
      ['IBM', 100, 4],
      ['AAPL', { volume: 3, price: 219.68 }, 3],
      ['IBM', 99.5, 2],
      ['AAPL', { price: 220 }, 0.26],
      ['t', 'te\u001bxt', 7_300],
    );
    expect(
      `\n${renderFeed(frame(filled), { columns: 80, rows: 24 }, plain)}\n`,
    ).toMatchInlineSnapshot(`
      "
      tcp://h:1 · connected · 1,234 messages
      100 msg/s · latency p50 456 µs p99 12.3 ms · missing 100 (7.69 %) in 2 gaps · r…

      key          value  change      %  updates/s    age
      ────  ────────────  ──────  ─────  ─────────  ─────
      AAPL           220   +0.32  +0.15        0.7  0.3 s
      IBM           99.5    -0.5  -0.50        0.3  2.0 s
      t     "te\\u001bxt"       –      –        0.0    2 h
      "
    `);
  });

  it('sorts by key or by rate', () => {
    const filled = board(['b', 1, 1], ['c', 1, 1], ['c', 2], ['a', 1, 1]);
    expect(filled.rows(NOW, 'key', 10).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(filled.rows(NOW, 'rate', 2).map(({ key }) => key)).toEqual(['c', 'a']);
  });

  it.each([
    [80, 24],
    [40, 12],
    [20, 6],
    [10, 1],
    [200, 60],
  ])('fits a window of %i × %i', (columns, rows) => {
    const filled = board(
      ...Array.from({ length: 100 }, (_, i): [string, MessageValue] => [
        `a-rather-long-key-${i}`,
        i / 7,
      ]),
    );
    const notices = ['gap: 1', 'gap: 2', 'gap: 3', 'gap: '.repeat(50)];
    const lines = renderFeed(frame(filled, { notices }), { columns, rows }, plain).split('\n');
    expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
    // Key and value stay, however narrow it is.
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(
      Math.max(columns, 16),
    );
    if (rows >= 24) {
      expect(lines.filter((line) => line.startsWith('a-rather'))).toHaveLength(
        visibleKeys({ columns, rows }, 3),
      );
      expect(lines.some((line) => /^… and \d+ more keys$/.test(line))).toBe(true);
      expect(lines.at(-1)).toMatch(/^gap: gap/);
    }
  });

  it('takes the newest value by time, the price before other numbers, and no more keys than it can hold', () => {
    const row = (...messages: Parameters<typeof board>): KeyRow | undefined =>
      board(...messages).rows(NOW, 'key', 1)[0];
    expect(row(['k', 2, 1], ['k', 1, 2])).toMatchObject({ number: 2, change: 0, ageMicros: 1e6 });
    expect(row(['k', { n: 1, price: 2 }])).toMatchObject({ number: 2 });
    expect(row(['k', { s: 'x', n: 1 }])).toMatchObject({ number: 1 });
    expect(row(['k', 'x'], ['k', 0], ['k', 5])).toMatchObject({
      number: 5,
      change: 5,
      changeShare: null,
    });
    const full = board(
      ...Array.from({ length: 10_003 }, (_, i): [string, MessageValue] => [`k${i}`, i]),
    );
    expect({ size: full.size, untracked: full.untracked }).toEqual({ size: 10_000, untracked: 3 });
  });
});

describe('a notice in words', () => {
  it.each([
    [
      { type: 'gap', from: 5, to: 5, missed: 1, reason: 'network', exact: true },
      'gap: 1 message missing (seq 5): lost on the way',
    ],
    [
      { type: 'gap', from: 5, to: 2_000, missed: 1_200, reason: 'retention', exact: false },
      'gap: at most 1,200 messages missing (seq 5 to 2000): the server no longer has them',
    ],
    [
      { type: 'gap', from: 5, to: 9, missed: 2, reason: 'network', exact: false },
      'gap: at least 2 messages missing (seq 5 to 9): lost on the way',
    ],
    [
      { type: 'snapshot-incomplete', missed: 3, reason: 'network', exact: false },
      'gap: at most 3 of the snapshot missing: lost on the way',
    ],
    [
      {
        type: 'reconnecting',
        attempt: 2,
        delayMs: 1_500,
        cause: new LabError('LAB_ERR_CLOSED', 'cut\u001b[2J'),
      },
      'reconnecting in 1s500ms (attempt 2): LAB_ERR_CLOSED: cut\u001b[2J',
    ],
    [
      { type: 'receive-buffer', requested: 1_048_576, granted: 212_992 },
      'the system granted 212,992 of the 1,048,576 bytes of receive buffer asked for; to raise its limit: sysctl -w net.core.rmem_max=1048576',
    ],
    [
      { type: 'policy', requested: 'conflate/messages=5000', granted: 'conflate/messages=100' },
      'the server allows less of a backlog than conflate/messages=5000: the policy is conflate/messages=100',
    ],
    [{ type: 'ended', reason: 'left' }, undefined],
  ] as const)('%j', (notice, text) => {
    expect(eventText(notice)).toBe(text);
  });
});

describe('what a program of --exec is told', () => {
  const message = (value: MessageValue): Parameters<typeof alertEnvironment>[1] => ({
    seq: 3,
    time: 4,
    key: 'k\0',
    value,
  });

  it('is the message, and each top-level scalar', () => {
    expect(
      alertEnvironment(
        'k > 1',
        message({ price: 1.5, 'last trade': 'a\0b', open: true, list: [1], gone: null, PRICE: 9 }),
      ),
    ).toEqual({
      LAB_ALERT: 'k > 1',
      LAB_KEY: 'k\ufffd',
      LAB_SEQ: '3',
      LAB_TIME: '4',
      LAB_VALUE:
        '{"price":1.5,"last trade":"a\\u0000b","open":true,"list":[1],"gone":null,"PRICE":9}',
      LAB_VALUE_PRICE: '1.5',
      LAB_VALUE_LAST_TRADE: 'a\ufffdb',
      LAB_VALUE_OPEN: 'true',
    });
    expect(alertEnvironment('', message(Uint8Array.of(222, 173)))).toMatchObject({
      LAB_VALUE: '"3q0="',
    });
  });

  it('leaves out what no environment can hold', () => {
    const env = alertEnvironment(
      '',
      message({ long: 'x'.repeat(40_000), ['n'.repeat(100)]: 1, short: 'x' }),
    );
    expect(Object.keys(env)).toEqual([
      'LAB_ALERT',
      'LAB_KEY',
      'LAB_SEQ',
      'LAB_TIME',
      'LAB_VALUE_SHORT',
    ]);
  });
});

describe('a raw value', () => {
  it.each([
    ['text', 'text\n'],
    [null, 'null\n'],
    [{ a: [1, 'b'] }, '{"a":[1,"b"]}\n'],
    [Uint8Array.of(65, 10), 'A\n'],
  ])('%j', (value, expected) => {
    expect(Buffer.from(rawFormat({ seq: 1, time: 0, key: 'k', value })).toString()).toBe(expected);
  });
});
