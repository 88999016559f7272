/**
 * Every option of every public entry point, with every kind of value that is none:
 * LAB_ERR_BAD_VALUE, named and explained.
 */
import { describe, expect, it } from 'vitest';
import { createServer, subscribe } from '../../../src/index.js';
import {
  expectRefusal,
  FEED,
  given,
  isTaken,
  outcome,
  SERVER,
  VALUES,
} from '../../support/server/option-cases.js';
import { serve } from '../../support/server/serve-rig.js';

describe('createServer', () => {
  it.each(SERVER)(
    'refuses what $path may not be, and nothing else',
    async ({ path, taken = [], rest = {} }) => {
      for (const value of VALUES) {
        // A port above 65,535 is refused by what was to bind it.
        if (/port/i.test(path) && value === 2 ** 31) continue;
        if (isTaken(taken, value)) {
          await serve({ ports: { tcp: 0 }, ...(given(path, value, rest) as object) }).then((one) =>
            one.close({ drainMs: 0 }),
          );
        } else {
          expectRefusal(
            await outcome(() => createServer(given(path, value, { ports: { tcp: 0 }, ...rest }))),
            path,
            value,
          );
        }
      }
    },
  );

  it.each([
    ['host'],
    ['codec'],
    ['policy'],
    ['maxBacklog'],
    ['source'],
    ['transportOptions.multicastInterface'],
    ['transportOptions.congestion'],
    ['sourceOptions.finnhubUrl'],
  ])('refuses a %s that is not text', async (path) => {
    for (const value of VALUES.filter((one) => typeof one !== 'string' || one === '')) {
      expectRefusal(
        await outcome(() => createServer(given(path, value, { ports: { tcp: 0 } }))),
        path,
        value,
      );
    }
  });

  it('never listens on every address because none was named', async () => {
    for (const host of ['', ' ', null, 0, '\0', 'a b', '127.0.0.1\n']) {
      expectRefusal(
        await outcome(() => createServer({ host, ports: { tcp: 0 } } as never)),
        'host',
        undefined,
      );
    }
  });

  it('refuses what is not an object as all options', async () => {
    for (const value of [0, Number.NaN, '', 'x', null, [], true, () => 1, Symbol('s'), 10n]) {
      expectRefusal(await outcome(() => createServer(value as never)), 'options', value);
    }
  });

  it.each([
    ['colour', { colour: 1 }],
    ['retention.size', { retention: { messages: 1, bytes: 1, size: 1 } }],
    ['transportOptions.heartbeat', { transportOptions: { heartbeat: 1 } }],
    ['transportOptions.host', { transportOptions: { host: '::' } }],
    ['sourceOptions.loop', { source: 'synthetic', sourceOptions: { loop: true } }],
    ['ports.tpc', { ports: { tcp: 0, tpc: 1 } }],
  ])('refuses %s, which it does not know', async (name, options) => {
    const error = await outcome(() => createServer({ ports: { tcp: 0 }, ...options } as never));
    expect(error).toMatchObject({
      code: 'LAB_ERR_BAD_VALUE',
      message: expect.stringContaining(name),
    });
  });

  it('takes an option that is undefined for one that is absent', async () => {
    const absent = {
      host: undefined,
      retention: undefined,
      maxClients: undefined,
      source: undefined,
    };
    const server = await serve({ ports: { tcp: 0 }, ...absent } as never);
    expect(server.urls).toEqual([expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:/)]);
  });

  it('close refuses a time that is none, and closes nothing then', async () => {
    const server = await serve();
    for (const drainMs of [-1, 0.5, Number.NaN, 2 ** 31, '', null, {}]) {
      expectRefusal(await outcome(() => server.close({ drainMs } as never)), 'drainMs', drainMs);
    }
    expect(server.notReady).toBeUndefined();
    expect(server.publish('k', 1)).toBe(1);
  });
});

describe('subscribe', () => {
  it.each(FEED)('refuses at once what $path may not be', ({ path, taken = [] }) => {
    for (const value of VALUES) {
      const action = () => subscribe('tcp://127.0.0.1:1', given(path, value));
      if (isTaken(taken, value)) void action().close();
      else
        expect(action).toThrow(
          expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE', hint: expect.any(String) }),
        );
    }
  });

  it('refuses what is not a URL', () => {
    for (const value of VALUES) {
      expect(() => subscribe(value as never)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
  });

  it('refuses options that it does not know, or that are not options', () => {
    for (const options of [
      { reconect: false },
      null,
      [],
      'x',
      1,
      { buffer: { message: 1 } },
      { keys: 'AAPL' },
      { keys: [1] },
    ]) {
      expect(() => subscribe('tcp://h', options as never)).toThrow(
        expect.objectContaining({ code: 'LAB_ERR_BAD_VALUE' }),
      );
    }
  });
});
