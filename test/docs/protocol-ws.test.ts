import { describe, expect, it } from 'vitest';
import { loadCodec } from '../../src/codecs/registry.js';
import { closeCodeOf } from '../../src/transports/ws/close-code.js';
import { frame } from '../../src/transports/ws/frame.js';
import { requestPlace } from '../../src/transports/ws/query.js';
import { opcodeFor } from '../../src/transports/ws/sink.js';
import { fences, inlineCode, readProject, tableRows } from '../support/docs/docs.js';

const markdown = readProject('docs/design/protocol-ws.md');

describe('docs/design/protocol-ws.md', () => {
  it('shows a frame of each codec, byte by byte as a server sends it', async () => {
    const shown = fences(markdown)
      .filter(({ info }) => info === 'hex frame')
      .map(({ text }) => text.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, ''));
    const written = await Promise.all(
      ['line-json', 'msgpack'].map(async (name) => {
        const codec = await loadCodec(name);
        const room = Buffer.alloc(100);
        const end = codec.encodeControl({ control: 'heartbeat', next: 16_506 }, room, 0);
        return frame(opcodeFor(codec), room.subarray(0, end)).toString('hex');
      }),
    );
    expect(shown).toEqual(written);
  });

  it('names the close code of every reason that has its own', () => {
    const rows = tableRows(markdown).filter(({ heading }) => heading === 'Answer and end');
    const told = rows.map(({ cells: [reason = '', code] }) => [
      reason.replaceAll('`', ''),
      Number(code),
    ]);
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(told.map(([reason]) => [reason, closeCodeOf(String(reason))]));
  });

  it('shows queries that a server reads', () => {
    const queries = inlineCode(markdown).filter((code) => code.startsWith('/?'));
    expect(queries.map(requestPlace)).toEqual([{ options: expect.any(Function) }, 'message']);
    const place = requestPlace(queries[0] ?? '');
    expect(typeof place === 'object' && place.options()).toEqual({
      codec: 'msgpack',
      keys: ['AAPL', 'MSFT'],
      policy: 'disconnect',
      from: 123,
    });
  });
});
