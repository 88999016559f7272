import { describe, expect, it } from 'vitest';
import { loadCodec } from '../../../src/codecs/registry.js';
import type { Welcome } from '../../../src/core/message.js';
import {
  checkControl,
  checkLease,
  checkWelcome,
  isSound,
} from '../../../src/transports/client/announced.js';
import { welcomeIn } from '../../support/conformance/welcome.js';
import { codeOf } from '../../support/core/code-of.js';

const codec = await loadCodec('line-json');
const MOST = Number.MAX_SAFE_INTEGER;
const welcome = (changes: Partial<Welcome>): Welcome => ({ ...welcomeIn(codec), ...changes });

describe('what a server announces in its welcome', () => {
  it.each<[Partial<Welcome>]>([
    [{}],
    [{ heartbeat_ms: 1 }],
    [{ heartbeat_ms: 60_000 }],
    [{ next: MOST, oldest: 1, snapshot: MOST - 1 }],
    // A replay that begins with what is gone.
    [{ next: 5, oldest: 100 }],
    // Of a later release.
    [{ policy: 'drop-middle/messages=1000' }],
  ])('is believed when it can be: %o', (changes) => {
    expect(codeOf(() => checkWelcome(welcome(changes), codec))).toBe('nothing');
  });

  it.each<[keyof Welcome, unknown]>([
    ['heartbeat_ms', 0],
    ['heartbeat_ms', -1],
    ['heartbeat_ms', 0.5],
    ['heartbeat_ms', 60_001],
    ['heartbeat_ms', 2 ** 31],
    ['heartbeat_ms', MOST],
    ['heartbeat_ms', Number.NaN],
    ['next', 0],
    ['next', 2 ** 53],
    ['oldest', 0],
    ['oldest', Number.POSITIVE_INFINITY],
    // As many as the messages before the live feed, of which there are none.
    ['snapshot', 1],
    ['snapshot', 2 ** 53],
    ['epoch', ''],
    ['epoch', '0123456789ABCDEF'],
    ['epoch', '0'.repeat(1_000_000)],
    ['protocol', 2],
    ['codec', 'msgpack'],
    ['policy', 'drop-oldest\u001b[2J'],
    ['policy', 'p'.repeat(97)],
  ])('is refused, with the member and a short value, when it cannot be: %s', (member, value) => {
    const refusal = (): void => checkWelcome(welcome({ [member]: value }), codec);
    expect(codeOf(refusal)).toBe('LAB_ERR_PROTOCOL');
    expect(refusal).toThrow(new RegExp(`^the server announced ${member} .{1,50}, not .{1,60}$`));
  });

  it('holds a lease of three minutes at most', () => {
    expect([1, 180_000].map((ms) => codeOf(() => checkLease(ms)))).toEqual(['nothing', 'nothing']);
    for (const ms of [0, 180_001, 2 ** 32 - 1])
      expect(codeOf(() => checkLease(ms))).toBe('LAB_ERR_PROTOCOL');
  });
});

describe('what a server says later', () => {
  it.each<[number, number, boolean]>([
    [1, 2, true],
    [4, 5, true],
    [5, 5, false],
    [0, 5, false],
    [1, 0, false],
    [1, 2 ** 53, false],
    [2 ** 53, 2 ** 53, false],
  ])('LAGGED: %d missed, on with %d, can be: %s', (missed, next, can) => {
    const lagged = { control: 'lagged', missed, next } as const;
    expect(isSound(lagged)).toBe(can);
    expect(codeOf(() => checkControl(lagged))).toBe(can ? 'nothing' : 'LAB_ERR_PROTOCOL');
  });

  it('a heartbeat names the next message, the first at least', () => {
    const at = (next: number) => ({ control: 'heartbeat', next }) as const;
    expect([0, 1, MOST, 2 ** 53].map((next) => isSound(at(next)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
