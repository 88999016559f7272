/** How effort grows where nothing but the CPU time shows it: of that others take nothing. */
import { describe, expect, it } from 'vitest';
import { renderGrid } from '../../cli/ui/grid.js';
import type { Style } from '../../cli/ui/style.js';
import { feed } from '../support/core/broadcast-feed.js';
import { RecordingSink } from '../support/core/recording-sink.js';
import { TinyEncoder } from '../support/core/tiny-encoder.js';

const plain: Style = (_format, text) => text;

describe('a codec that refuses a message', () => {
  it('takes time for each message that is read late, not for each refused at each', () => {
    const milliseconds = (messages: number): number => {
      const refused = 'x'.repeat(30);
      const { broadcast, clock, join } = feed({
        retention: { messages: 2 * messages, bytes: 1e9 },
      });
      const { sink } = join(
        { encoder: new TinyEncoder('narrow', 20) },
        new RecordingSink({ maxBytes: 1 }),
      );
      sink.blocked = true;
      for (let i = 0; i < messages; i++) {
        broadcast.publish('k', 'v');
        broadcast.publish('k', refused);
      }
      clock.advance(1);
      sink.blocked = false;
      const start = process.cpuUsage();
      broadcast.flush();
      const { user, system } = process.cpuUsage(start);
      expect(sink.events).toHaveLength(2 * messages);
      return (user + system) / 1_000;
    };
    // Eight times the messages: what grows with their square takes 64 times as long.
    expect(milliseconds(16_000)).toBeLessThan(20 * Math.max(10, milliseconds(2_000)));
  });
});

describe('time that no look-up shows', () => {
  /** The lesser of two tries, in CPU: what else runs here only adds to one. */
  const leastMs = (work: () => void): number =>
    Math.min(
      ...[1, 2].map(() => {
        const before = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(before);
        return (user + system) / 1_000;
      }),
    );

  it('is at most 18-fold where a table on the terminal has eight times the groups', () => {
    const column = { title: 'a\nb', align: 'left' as const, cell: (text: string) => text };
    const draw = (count: number) => (): void => {
      const groups = Array.from({ length: count }, (_, i) => ({
        title: `group ${i}`,
        rows: ['1', '2'],
      }));
      expect(renderGrid(new Array(5).fill(column), groups, 80, plain).split('\n')).toHaveLength(
        3 + 3 * count,
      );
    };
    draw(50)();
    expect(leastMs(draw(1_600))).toBeLessThan(18 * leastMs(draw(200)));
  });
});
