import { describe, expect, it } from 'vitest';
import { type Pass, Rotation } from '../../../src/core/rotation.js';

function rotationOf(members: number): Rotation<number> {
  const rotation = new Rotation<number>();
  for (let member = 0; member < members; member++) rotation.add(member);
  return rotation;
}

function rest(pass: Pass<number>): number[] {
  const members: number[] = [];
  while (!pass.isOver) members.push(pass.next());
  return members;
}

describe('a rotation', () => {
  it('gives every member one turn in each pass', () => {
    const rotation = rotationOf(7);
    for (let pass = 0; pass < 20; pass++)
      expect(rest(rotation.pass()).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('begins as often with one member as with another', () => {
    const rotation = rotationOf(10);
    const begun = new Array<number>(10).fill(0);
    for (let pass = 0; pass < 1_000; pass++) begun[rotation.pass().next()]! += 1;
    for (const times of begun) expect(Math.abs(times - 100)).toBeLessThanOrEqual(2);
  });

  it('goes on with those who were there when the pass began', () => {
    const rotation = rotationOf(3);
    const pass = rotation.pass();
    const first = pass.next();
    rotation.delete(first);
    rotation.add(3);
    expect([first, ...rest(pass)].sort()).toEqual([0, 1, 2]);
    expect(rest(rotation.pass()).sort()).toEqual([0, 1, 2, 3].filter((one) => one !== first));
  });

  it('is over at once when nobody is there', () => {
    expect(rotationOf(0).pass().isOver).toBe(true);
  });
});
