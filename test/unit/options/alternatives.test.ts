import { describe, expect, it } from 'vitest';
import { LabError } from '../../../src/errors.js';
import { expandAlternatives } from '../../../src/options/alternatives.js';

const expanded = (text: string): string[] => expandAlternatives('--x', text).split(',');

describe('alternatives in braces', () => {
  it('leave a text without braces as it is', () => {
    expect(expandAlternatives('--x', 'a, b,,c')).toBe('a, b,,c');
  });

  it('are each a text of its own, those of the first place changing slowest', () => {
    expect(expanded('a={1,2}/b={x,y}')).toEqual(['a=1/b=x', 'a=1/b=y', 'a=2/b=x', 'a=2/b=y']);
  });

  it('may be empty, and stand in one item of a list', () => {
    expect(expanded('tcp{,/policy=conflate},udp')).toEqual(['tcp', 'tcp/policy=conflate', 'udp']);
    expect(expanded('{a}')).toEqual(['a']);
    expect(expanded('x{ 1 , 2 }')).toEqual(['x1', 'x2']);
  });

  it.each([
    ['a={1,2', 'has a { without its }'],
    ['a=1,2}', 'has a } without its {'],
    ['a={1,{2,3}}', 'has a { in braces'],
    ['a={}', 'has nothing between its braces'],
    ['{1,2}'.repeat(11), 'stands for more than 1000 values'],
    [Array.from({ length: 600 }, (_, i) => `${i}{a,b}`).join(), 'stands for more than 1000 values'],
  ])('that make no sense are refused: %s', (text, problem) => {
    try {
      expandAlternatives('--x', text);
      throw new Error('it was accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      expect(error).toMatchObject({ code: 'LAB_ERR_BAD_VALUE' });
      expect((error as LabError).message).toContain(problem);
    }
  });

  it('of absurd numbers are refused before they are made', () => {
    expect(() => expandAlternatives('--x', '{1,2}'.repeat(10_000))).toThrow('more than 1000');
  });
});
