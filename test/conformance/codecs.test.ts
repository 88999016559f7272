import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineJson } from '../../src/codecs/line-json.js';
import { msgpack } from '../../src/codecs/msgpack.js';
import { codecNames, loadCodec } from '../../src/codecs/registry.js';
import {
  canonical,
  encodeItems,
  messages,
  walkByDecode,
} from '../support/conformance/codec-support.js';
import { describeCodec } from './codec-kit.js';

describeCodec('line-json', lineJson);
describeCodec('msgpack', msgpack);

describe('the codec registry', () => {
  test('names exactly the codecs held to the laws above, and loads each under its name', async () => {
    expect(codecNames()).toEqual(['line-json', 'msgpack']);
    for (const name of codecNames()) {
      const codec = await loadCodec(name, { maxMessageBytes: 1234 });
      expect(codec).toMatchObject({ name, maxMessageBytes: 1234 });
    }
  });

  test.each(['json', 'constructor', ''])(
    'refuses %j and lists the names it knows',
    async (name) => {
      await expect(loadCodec(name)).rejects.toMatchObject({
        code: 'LAB_ERR_UNKNOWN_CODEC',
        message: expect.stringContaining(`"${name}"`),
        hint: expect.stringContaining('line-json, msgpack'),
      });
    },
  );
});

test('a subscriber gets the same message whichever codec carries it', async () => {
  const codecs = await Promise.all(codecNames().map((name) => loadCodec(name)));
  fc.assert(
    fc.property(messages, (message) => {
      const seen = codecs.map((codec) =>
        walkByDecode(codec, encodeItems(codec, [message])).items.map(canonical),
      );
      expect(new Set(seen.map(String)).size).toBe(1);
    }),
  );
});
