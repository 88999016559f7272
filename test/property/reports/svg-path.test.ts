import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relativePath } from '../../../reports/html/svg-path.js';

/** The points of a path of `M`, and of `l` steps, in tenths of a pixel. */
function pointsOf(path: string): string[] {
  const points: string[] = [];
  let [x, y] = [0, 0];
  for (const [, start, steps] of path.matchAll(/M([-\d.,]+)(?:l([^M]*))?/g)) {
    [x, y] = start!.split(',').map((text) => Math.round(Number(text) * 10)) as [number, number];
    points.push(`M${x},${y}`);
    const numbers = (steps?.match(/-?(?:\d+(?:\.\d+)?|\.\d+)/g) ?? []).map(Number);
    for (let i = 0; i < numbers.length; i += 2) {
      x += Math.round(numbers[i]! * 10);
      y += Math.round(numbers[i + 1]! * 10);
      points.push(`L${x},${y}`);
    }
  }
  return points;
}

const tenth = fc.integer({ min: -20_000, max: 20_000 });

describe('a path in steps', () => {
  it('has exactly the points of the path', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), tenth, tenth), { minLength: 1, maxLength: 60 }),
        (points) => {
          const commands = points.map(([moves], i) => (i === 0 || moves ? 'M' : 'L'));
          const path = points.map(([, x, y], i) => `${commands[i]}${x / 10},${y / 10}`).join('');
          const steps = relativePath(path)!;
          expect(pointsOf(steps)).toEqual(points.map(([, x, y], i) => `${commands[i]}${x},${y}`));
        },
      ),
    );
  });
});
