import { describe, expect, it } from 'vitest';
import { ServeSource } from '../../../../cli/live/serve-source.js';
import type { LivePart } from '../../../../reports/html/view/live.js';
import type { ServerStats } from '../../../../src/serve/stats.js';
import { FULL_STATS } from '../../../support/docs/server-stats.js';

/** The same server later: more published, sent and dropped over TCP. */
function later(before: ServerStats, published: number, sent: number, dropped: number): ServerStats {
  const [tcp, udp] = before.transports;
  return {
    ...before,
    published: before.published + published,
    transports: [
      {
        ...tcp!,
        sentMessages: tcp!.sentMessages + sent,
        sendBytes: tcp!.sendBytes + sent * 100,
        droppedMessages: tcp!.droppedMessages + dropped,
      },
      udp!,
    ],
  };
}

class Rig {
  stats = FULL_STATS;
  readonly source = new ServeSource(
    {
      stats: () => this.stats,
      slowest: () => [
        { remote: 'tcp://h:9', policy: 'conflate', backlog: 70, dropped: 0, conflated: 12 },
      ],
    },
    'replay:x.csv',
    ['tcp://h:1'],
    1_000,
  );
  readonly #parts = new Map<string, () => LivePart>();

  look(nowMs: number): this {
    this.source.refresh((id, make) => this.#parts.set(id, make), nowMs);
    return this;
  }

  part<K extends LivePart['kind']>(id: string, kind: K): Extract<LivePart, { kind: K }> {
    const part = this.#parts.get(id)!();
    expect(part.kind).toBe(kind);
    return part as Extract<LivePart, { kind: K }>;
  }

  tile(label: string): string | undefined {
    return this.part('status', 'status').tiles.find((tile) => tile.label === label)?.text;
  }

  rows(id: string): string[][] {
    return this.part(id, 'table').table.rows.map(({ cells }) => cells.map(({ text }) => text));
  }
}

describe('a server on its live page', () => {
  it('has rates by the time that has really passed', () => {
    const rig = new Rig().look(1_000);
    expect(rig.tile('sent/s')).toBe('–');
    rig.stats = later(FULL_STATS, 50, 800, 6);
    rig.look(3_000);
    expect(rig.tile('published/s')).toBe('25');
    expect(rig.tile('sent/s')).toBe('400');
    expect(rig.tile('lost/s')).toBe('3');
    expect(rig.part('rates', 'chart').chart).toMatchObject({
      x: { at: [2] },
      series: [
        { name: 'tcp', values: [400] },
        { name: 'udp', values: [0] },
      ],
    });
  });

  it('makes no rate of a time too short for one', () => {
    const rig = new Rig();
    rig.stats = later(FULL_STATS, 50, 800, 6);
    rig.look(1_100);
    expect(rig.tile('sent/s')).toBe('–');
    expect(rig.look(2_000).tile('sent/s')).toBe('800');
  });

  it('lists what was lost by transport and reason, and nothing that was not', () => {
    const rig = new Rig();
    rig.stats = later(FULL_STATS, 0, 0, 6);
    rig.look(2_000);
    const rows = rig.rows('losses');
    expect(rows).toContainEqual(['tcp', 'messages skipped by the overload policy', '6', '17']);
    expect(rows).toContainEqual(['udp', 'clients that kept losing too much', '0', '33']);
    expect(rows).toContainEqual([
      'udp',
      'datagrams of clients that the kernel dropped unread',
      '–',
      '22',
    ]);
    expect(rows).toContainEqual(['all', 'clients disconnected by their policy', '–', '5']);
    expect(rows.filter(([, , , soFar]) => soFar === '0')).toEqual([]);
  });

  it('names the slowest clients, and says when the server is not ready', () => {
    const rig = new Rig();
    rig.stats = { ...FULL_STATS, notReady: 'the source is silent' };
    rig.look(2_000);
    expect(rig.rows('slowest')).toEqual([['tcp://h:9', 'conflate', '70', '0', '12']]);
    expect(rig.part('status', 'status').text).toBe(
      'not ready: the source is silent · source x feeding · 13 of its messages could not be published',
    );
  });

  it('remembers ten minutes, and ends as it is told', () => {
    const rig = new Rig();
    for (let second = 2; second <= 700; second++) rig.look(second * 1_000);
    expect(rig.part('rates', 'chart').chart!.x.at).toHaveLength(600);
    rig.source.end('stopped', 'The server has ended: x');
    expect(rig.look(701_000).part('status', 'status')).toMatchObject({
      state: 'stopped',
      text: 'The server has ended: x',
    });
  });
});
