import { describe, expect, it } from 'vitest';
import { renderSearch } from '../../../../cli/search/table.js';
import { searched, serverWith, simulatedPlan } from '../../../support/result/search-rig.js';

const plain = (_: unknown, text: string): string => text;
const found = await searched(simulatedPlan({ quick: false }), serverWith(1_234));
const limited = await searched(simulatedPlan(), serverWith(1e9, 700));
const unmet = await searched(simulatedPlan(), serverWith(0));
const stopped = await searched(simulatedPlan(), serverWith(1_234), 6);

describe('a search on a terminal', () => {
  it('says the bounds, what breaks first and why, and the state there', () => {
    const text = renderSearch(found, 100, plain);
    const { lower, upper } = found.combinations[0]!.answers[0]!;
    const at = (load: number | null): string => `1,${String(load).slice(1)} messages/s`;
    expect(text).toContain(`holds at ${at(lower)} and not at ${at(upper)}`);
    expect(text).toMatch(/breaks first\s+p99<50ms: \d+ ms, [\d.]+× the limit, in 3 of 3 trials/);
    expect(text).toMatch(/because\s+\S/);
    expect(text).toMatch(/there\s+server: 0\.62 cores, loop/);
    expect(text).toMatch(/clients: 0\.81 cores/);
    expect(text).toMatch(/sockets: nothing lost or sent again/);
    expect(text).toMatch(/at 50 % of the capacity \(\d+ messages\/s\): p50/);
  });

  it.each([60, 80, 100, 140])('keeps within %i columns', (width) => {
    for (const document of [found, limited, unmet, stopped]) {
      const lines = renderSearch(document, width, plain).split('\n');
      expect(lines.filter((line) => [...line].length > width)).toEqual([]);
    }
  });

  it('never calls the limit of the instrument a capacity', () => {
    const text = renderSearch(limited, 100, plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain('holds at 400 messages/s at least: limit of the instrument at 800');
    expect(text).toContain('instrument SUBSCRIBER_SATURATED in 3 trials at 800 messages/s');
    expect(text).toContain('3 of 9 trials were void: 3 × SUBSCRIBER_SATURATED');
  });

  it('says of an objective that nothing meets by how much', () => {
    const text = renderSearch(unmet, 100, plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain('does not hold at 1 message/s, the smallest load: no load meets it');
    expect(text).toMatch(/p99<50ms: \d+ ms, [\d.]+× the limit/);
  });

  it('of one that was stopped says what short trials found, and that it is not confirmed', () => {
    const text = renderSearch(stopped, 100, plain).replaceAll(/\s+/g, ' ');
    expect(text).toContain('short trials held at 1,130 messages/s and failed at 1,600 messages/s');
    expect(text).toContain('which is not confirmed');
    expect(text).toContain('⚠ it ended before its end: it was stopped');
  });
});
