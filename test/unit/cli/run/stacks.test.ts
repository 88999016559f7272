import { describe, expect, it } from 'vitest';
import type { RunConfig } from '../../../../bench/config.js';
import { combinationsOf, stackText, valuesIn } from '../../../../bench/run/combinations.js';
import { effectiveConfig } from '../../../../bench/run/effective-config.js';
import { planCells } from '../../../../bench/run/matrix.js';
import {
  configOf,
  reproduction,
  runConfig,
  runFlags,
  settingsOf,
} from '../../../../cli/args/run-config.js';
import { longName } from '../../../../cli/args/run-flag.js';
import { parseStacks } from '../../../../cli/args/run-values.js';

function partsOf(words: readonly string[]): Partial<RunConfig>[] {
  const parts: Partial<RunConfig>[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const flag = runFlags().find((one) => longName(one) === words[i])!;
    parts.push(flag.parse(words[i + 1]!, words[i]!));
  }
  return parts;
}
const given = (...words: string[]): RunConfig => runConfig(partsOf(words));
const cellsOf = (config: RunConfig): string[] => planCells(config).map(({ id }) => id);

const FIVE = 'tcp,tcp/policy=conflate,ws,udp/repair={none,nak}';

describe('--stack', () => {
  it('measures these combinations and no other, each with what it says', () => {
    expect(cellsOf(given('--stack', FIVE, '--codec', 'msgpack', '--repeat', '1'))).toEqual([
      'tcp/msgpack/c100/r100/s40/d5000/pdrop-oldest#1',
      'tcp/msgpack/c100/r100/s40/d5000/pconflate#1',
      'ws/msgpack/c100/r100/s40/d5000/pdrop-oldest#1',
      'udp/msgpack/c100/r100/s40/d5000/pdrop-oldest#1',
      'udp/msgpack/c100/r100/s40/d5000/pdrop-oldest/nak#1',
    ]);
  });

  it('takes from the lists what a stack does not say, all of it', () => {
    const config = given('--stack', 'tcp/codec=msgpack,udp', '--codec', 'line-json,msgpack');
    const texts = combinationsOf(config).map(({ transport, codec }) => `${transport}/${codec}`);
    expect(texts).toEqual(['tcp/msgpack', 'udp/line-json', 'udp/msgpack']);
  });

  it('is one line that reproduces it, is kept to be resumed, and stands in the result', () => {
    const config = given('--stack', FIVE, '--codec', 'msgpack');
    expect(reproduction(config)).toBe(
      'lab run --stack tcp,tcp/policy=conflate,ws,udp/repair=none,udp/repair=nak --codec msgpack --seed 1',
    );
    expect(configOf(settingsOf(config))).toEqual(config);
    const { transports, server } = effectiveConfig(config, undefined);
    expect(transports).toEqual(['tcp', 'ws', 'udp']);
    expect(server).toMatchObject({
      stacks: ['tcp', 'tcp/policy=conflate', 'ws', 'udp/repair=none', 'udp/repair=nak'],
      repairs: ['none', 'nak'],
      policy: 'drop-oldest,conflate',
    });
  });

  it('reads a policy with limits of its own, whatever stands behind it', () => {
    const text = 'tcp/policy=drop-oldest/messages=10/bytes=64k/congestion=bbr';
    const [stack] = parseStacks('--stack', text);
    expect(stack).toMatchObject({
      policy: 'drop-oldest/messages=10/bytes=64k',
      congestion: 'bbr',
    });
    expect(parseStacks('--stack', stackText(stack!))).toEqual([stack]);
  });

  it.each([
    ['tcp,tcp', 'LAB_ERR_BAD_VALUE', "names 'tcp' twice"],
    ['tcp,udp,tcp/policy=drop-oldest', 'LAB_ERR_BAD_VALUE', 'would be measured twice'],
    ['tcp/repair=nak', 'LAB_ERR_BAD_VALUE', 'has no effect with tcp'],
    ['udp/congestion=bbr', 'LAB_ERR_BAD_VALUE', 'has no effect with udp'],
    ['udp/repair=nak/repair=none', 'LAB_ERR_BAD_VALUE', 'is said twice'],
    ['udp/repairs=nak', 'LAB_ERR_BAD_VALUE', "'repairs=nak' is no part of a stack"],
    ['quic', 'LAB_ERR_UNKNOWN_TRANSPORT', "'quic' is not known"],
    ['tcp/policy=forget', 'LAB_ERR_UNKNOWN_POLICY', "--stack policy 'forget' is not known"],
    ['', 'LAB_ERR_BAD_VALUE', 'has an empty item'],
  ])('refuses %s', (text, code, problem) => {
    expect(() => given('--stack', text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(problem) }),
    );
  });

  it('stands on no command line with a list that its stacks say already', () => {
    for (const [flag, value] of [
      ['--transport', 'tcp'],
      ['--repair', 'nak'],
    ] as const) {
      expect(() => given('--stack', 'udp/repair=nak', flag, value)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_NO_EFFECT' }),
      );
    }
    expect(given('--stack', 'udp', '--repair', 'nak').repairs).toEqual(['nak']);
  });

  it('of a file gives way to transports on the command line, and the file to it', () => {
    const file = partsOf(['--stack', FIVE, '--codec', 'msgpack']);
    const flagged = runConfig(partsOf(['--transport', 'udp']), file);
    expect(flagged).toMatchObject({ stacks: null, transports: ['udp'], codecs: ['msgpack'] });
    const preset = partsOf(['--transport', 'udp', '--repair', 'nak']);
    const stacked = runConfig(partsOf(['--stack', 'tcp']), preset);
    expect(stacked).toMatchObject({ transports: ['tcp'], repairs: ['none'] });
  });

  it('has a congestion control for every transport of connections that names none', () => {
    const config = given('--stack', 'tcp,ws/congestion=reno,udp', '--congestion', 'cubic,bbr');
    const texts = combinationsOf({ ...config, codecs: ['msgpack'] }).map(
      ({ transport, congestion }) => `${transport} ${congestion}`,
    );
    expect(texts).toEqual(['tcp cubic', 'tcp bbr', 'ws reno', 'udp default']);
    expect(valuesIn(config, 'congestion')).toEqual(['cubic', 'bbr', 'reno', 'default']);
  });
});
