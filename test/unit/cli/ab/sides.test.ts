import { describe, expect, it } from 'vitest';
import { sideConfig } from '../../../../cli/ab/sides.js';
import { codeOf } from '../../../support/core/code-of.js';

describe('the configuration of a side', () => {
  it('is one cell in short windows, unless the flags say otherwise', () => {
    expect(sideConfig('A', '', '')).toMatchObject({
      transports: ['tcp'],
      codecs: ['line-json'],
      durationsMs: [2_000],
      warmupMs: 500,
    });
    expect(sideConfig('A', '-t udp,tcp -d 1s -w 0', '')).toMatchObject({
      transports: ['udp', 'tcp'],
      durationsMs: [1_000],
      warmupMs: 0,
    });
  });

  it('has what both sides have, which its own flags override', () => {
    expect(sideConfig('B', '-c 7', '-c 5 -r 200')).toMatchObject({
      clients: [7],
      ratesPerSecond: [200],
    });
  });

  it('may be a server that is running already, whose URL says the transport', () => {
    const { server, transports } = sideConfig('A', '--target udp://127.0.0.1:7400', '');
    expect([server.kind, transports]).toEqual(['target', ['udp']]);
  });

  it.each([
    ['-c 0', 'LAB_ERR_BAD_VALUE', "B: -c/--clients '0' is out of range"],
    ['-c 1 -c 2', 'LAB_ERR_USAGE', 'B: -c/--clients is given twice'],
    ['--json', 'LAB_ERR_USAGE', "B: unknown option '--json'"],
    ['word', 'LAB_ERR_USAGE', "B: 'word' is no flag and no value of one"],
    ['--speed 2', 'LAB_ERR_NO_EFFECT', 'B: --speed'],
  ])('%s is refused, and the message says of which side', (flags, code, said) => {
    const act = () => sideConfig('B', flags, '');
    expect(codeOf(act)).toBe(code);
    expect(act).toThrow(said);
  });

  it('refuses flags of both sides by the flag that they stand after', () => {
    expect(() => sideConfig('A', '', '-c 0')).toThrow("--both: -c/--clients '0' is out of range");
    expect(() => sideConfig('A', '', "'")).toThrow('--both: a quotation');
  });
});
