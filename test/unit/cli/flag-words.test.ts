import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flagWords, inFlags } from '../../../cli/args/flag-words.js';
import { runFlags } from '../../../cli/args/run-config.js';
import { longName } from '../../../cli/args/run-flag.js';
import { serveFlags } from '../../../cli/args/serve-config.js';
import { LabError } from '../../../src/errors.js';
import { filesIn, literalsOf } from '../../../tools/house.js';

const KNOWN = new Set([...[...runFlags(), ...serveFlags()].map(longName), '--break']);

describe('an option in a text of the library', () => {
  it.each([
    ['give a `rate`, or `timeColumn`', 'give a --rate, or --time-column'],
    ["write `source: 'replay:FILE'`", 'write --source replay:FILE'],
    ['from `from` to `to`', 'from --replay-from to --replay-to'],
    ['choose another `ports.ws`', 'choose another --ws-port'],
    ['lower `sizesBytes`, `durationsMs` or `ratesPerSecond`', 'lower --size, --duration or --rate'],
    ['raise `datagramBytes` or `maxClients`', 'raise --datagram or --max-clients'],
  ])('is its flag on a command line: %s', (text, expected) => {
    expect(flagWords(text)).toBe(expected);
  });

  it.each([
    'rate and speed are words',
    'a column named `nope`',
    "`maxMessageBytes: '5'` has no flag",
    'one ` alone, and rate`',
    'no `constructor` either',
  ])('is nothing else: %s', (text) => {
    expect(flagWords(text)).toBe(text);
  });

  it('has a flag that a command has, wherever the library names one', () => {
    const spans = filesIn(['src', 'bench'])
      .flatMap((file) => literalsOf(readFileSync(file, 'utf8')))
      .flatMap(({ text }) => text.match(/`[\w.-]+(?:: '[^'`]*')?`/g) ?? []);
    expect(spans.length).toBeGreaterThan(20);
    const unknown = spans.filter((span) => !KNOWN.has(flagWords(span).split(' ')[0]!));
    // Members of the wire.
    expect(unknown).toEqual(['`control`', '`seq`']);
  });
});

describe('what the library says of an option', () => {
  const literals = filesIn(['src', 'bench']).flatMap((file) =>
    literalsOf(readFileSync(file, 'utf8')),
  );
  const isOption = (name: string): boolean => flagWords(`\`${name}\``) !== `\`${name}\``;

  it('has one form, which a command line can read', () => {
    const spans = literals.flatMap(({ text }) => text.match(/`[^`\n]*`/g) ?? []);
    const odd = spans.filter((span) => {
      const [, name = ''] = /^`([\w.]+)/.exec(span) ?? [];
      return isOption(name) && !/^`[\w.-]+(?:: '[^`]*')?`$/.test(span);
    });
    expect(odd).toEqual([]);
  });

  it('is of an option that a command has a flag for', () => {
    const named = literals.flatMap(({ member, text }) => (member === 'option' ? [text] : []));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !isOption(name))).toEqual([]);
  });
});

describe('an error of the library on a command line', () => {
  it('begins with the flag of its option, and keeps code, value and cause', () => {
    const cause = new Error('why');
    const error = new LabError('LAB_ERR_BAD_VALUE', 'onEnd loop: it cannot begin again', {
      option: 'onEnd',
      value: 'loop',
      hint: "use `onEnd: 'hold'`",
      cause,
    });
    const said = inFlags(error);
    expect(said.toJSON()).toEqual({
      code: 'LAB_ERR_BAD_VALUE',
      message: '--on-end loop: it cannot begin again',
      hint: 'use --on-end hold',
      option: 'onEnd',
      value: 'loop',
    });
    expect([said.cause, said.stack]).toEqual([cause, error.stack]);
  });

  it('stays as it is where no flag sets the option', () => {
    const error = new LabError('LAB_ERR_BAD_VALUE', 'retention 5 is not valid', {
      option: 'retention',
      hint: 'give an object',
    });
    expect(inFlags(error).toJSON()).toEqual(error.toJSON());
    const word = new LabError('LAB_ERR_BAD_VALUE', 'rates differ', { option: 'rate' });
    expect(inFlags(word).message).toBe('rates differ');
  });
});
