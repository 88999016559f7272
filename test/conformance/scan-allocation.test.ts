/**
 * The heap of a process that scans and does nothing else: the compiler decides by all that ran
 * before, tests included.
 */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { codecNames } from '../../src/codecs/registry.js';
import { finish } from '../support/cli/lab.js';

/**
 * Room for what a few rounds decode: a collection in every round would make the growth of each
 * negative.
 */
const ROOMY = ['--min-semi-space-size=64', '--max-semi-space-size=64'];

/**
 * Prints by how many bytes the heap grows per scanned message, and per decoded one. The median of a
 * window of scans: a collection makes single ones look small or negative. Window after window, as
 * the compiler may take its time.
 */
const METER = `
  import { setImmediate } from 'node:timers/promises';
  import { loadCodec } from './dist/src/codecs/registry.js';
  const COUNT = 2_000;
  const codec = await loadCodec(process.argv[1]);
  const bytes = Buffer.alloc(256 * COUNT);
  let end = 0;
  for (let seq = 1; seq <= COUNT; seq++) {
    const value = { price: 219.68, volume: 100 };
    end = codec.encode({ seq, time: 1_795_287_600_123_456, key: 'AAPL', value }, bytes, end);
  }
  // In an array of doubles: a sum above 2^31 in a variable would itself be a new number on the heap
  // for each message.
  const sum = new Float64Array(1);
  let scans = 0;
  const visitor = { message(seq) { sum[0] += seq; }, control() {} };
  const scan = () => { codec.scan(bytes, 0, end, visitor); scans++; };
  const decode = () => {
    for (let at = 0; at < end; ) at = codec.decode(bytes, at, end).end;
  };
  const growth = (work) => {
    const growths = Array.from({ length: 51 }, () => {
      const before = process.memoryUsage().heapUsed;
      work();
      return (process.memoryUsage().heapUsed - before) / COUNT;
    });
    return growths.sort((a, b) => a - b)[25];
  };
  let scanned = Infinity;
  for (let window = 0; window < 60 && scanned >= 8; window++) {
    scanned = growth(scan);
    await setImmediate();
  }
  if (sum[0] !== scans * COUNT * (COUNT + 1) / 2) throw new Error('the scan missed messages');
  console.log(JSON.stringify({ scanned, decoded: growth(decode) }));
`;

it.each(codecNames())(
  'scanning canonical messages of %s makes no objects, decoding them does',
  async (name) => {
    const child = spawn(process.execPath, [...ROOMY, '--input-type=module', '-e', METER, name]);
    const { code, stdout, stderr } = await finish(child);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { scanned, decoded } = JSON.parse(stdout);
    expect(scanned).toBeLessThan(8);
    // The meter sees objects where there are some: the smallest that holds a message takes a
    // hundred bytes.
    expect(decoded).toBeGreaterThan(100);
  },
);
