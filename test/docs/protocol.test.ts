import { describe, expect, it } from 'vitest';
import { codecNames, loadCodec } from '../../src/codecs/registry.js';
import { type ControlMessage, isControl, type Message } from '../../src/core/message.js';
import { formatRequest, parseRequest } from '../../src/transports/request.js';
import { codeOf } from '../support/core/code-of.js';
import { fences, readProject, tableRows } from '../support/docs/docs.js';

const markdown = readProject('docs/design/protocol.md');
const blocks = fences(markdown);

/** Hex, with spaces and notes after `#`, as bytes. */
function bytesOf(text: string): Buffer {
  const hex = text.replaceAll(/#.*$/gm, '').replaceAll(/\s+/g, '');
  expect(hex).toMatch(/^([\da-f]{2})+$/);
  return Buffer.from(hex, 'hex');
}

/** JSON of the page as an item; bytes stand in it as line-json writes them. */
function itemOf(text: string): Message | ControlMessage {
  const { encoding, ...item } = JSON.parse(text);
  return encoding === undefined ? item : { ...item, value: Buffer.from(item.value, encoding) };
}

/** Hex blocks, `hex <codec>`, each with the JSON that stands after it. */
const examples = blocks.flatMap(
  ({ info, text }, i): [string, string, Buffer, Message | ControlMessage][] => {
    if (!info.startsWith('hex ')) return [];
    expect(blocks[i + 1]?.info).toBe('json');
    const item = itemOf(blocks[i + 1]!.text);
    return [
      [info.slice(4), isControl(item) ? item.control : `message ${item.seq}`, bytesOf(text), item],
    ];
  },
);

describe('docs/design/protocol.md', () => {
  it.each(examples)(
    '%s, %s: the bytes decode to the JSON beside them, and are what is written',
    async (name, _, bytes, item) => {
      const codec = await loadCodec(name);
      expect(codec.decode(bytes, 0, bytes.length)).toEqual({ item, end: bytes.length });
      const into = Buffer.alloc(1024);
      const end = isControl(item)
        ? codec.encodeControl(item, into, 0)
        : codec.encode(item, into, 0);
      expect(into.toString('hex', 0, end)).toBe(bytes.toString('hex'));
    },
  );

  it.each(codecNames())('shows data, bytes and control messages of %s', (name) => {
    const own = examples.filter(([codec]) => codec === name).map(([, , , item]) => item);
    expect(own.some((item) => !isControl(item) && item.value instanceof Uint8Array)).toBe(true);
    expect(own.some((item) => !isControl(item) && !(item.value instanceof Uint8Array))).toBe(true);
    expect(own.some(isControl)).toBe(true);
  });

  it('shows every kind of control message, with the members it has in words too', () => {
    const controls = examples.map(([, , , item]) => item).filter(isControl);
    expect(new Set(controls.map(({ control }) => control)).size).toBe(4);
    for (const item of controls) {
      const shape = new RegExp(`\`{"control":"${item.control}"([^}]*)}`).exec(markdown)?.[1] ?? '';
      expect([...shape.matchAll(/"(\w+)"/g)].map(([, member]) => member)).toEqual(
        Object.keys(item).slice(1),
      );
    }
  });

  it('says of the time what the core and the methodology say: when it was published', () => {
    const [, , meaning] =
      tableRows(markdown).find(({ cells }) => cells[0] === '`time`')?.cells ?? [];
    expect(meaning).toContain('when it was published');
    expect(meaning).not.toContain('intended');
    const member = /\/\*\*([^*]*)\*\/\s*readonly time: number/.exec(
      readProject('src/core/message.ts'),
    )?.[1];
    expect(member).toContain('When it was published');
  });

  it('shows lines that line-json reads', async () => {
    const codec = await loadCodec('line-json');
    const lines = blocks.filter(({ info }) => info === 'json line-json');
    expect(lines.length).toBeGreaterThan(0);
    for (const { text } of lines) {
      const bytes = Buffer.from(text);
      expect(codec.decode(bytes, 0, bytes.length)?.item).toEqual(JSON.parse(text));
    }
  });

  it('shows a request that a server reads and a client writes', async () => {
    const text = blocks.find(({ info }) => info === 'json request')?.text.trim() ?? '';
    const { keys = [], policy = '', from = 0, epoch = '' } = parseRequest(text);
    const codec = await loadCodec('msgpack');
    expect(formatRequest({ codec, keys, policy, fromSeq: from, epoch })).toBe(text);
  });

  it.each([
    ['codec', 'x'.repeat(64), 'x'.repeat(65), '64 characters'],
    [
      'keys',
      Array(256).fill('x'.repeat(256)),
      Array(257).fill('x'),
      '256 keys of 1 to 256 characters',
    ],
    ['keys', ['x'], [''], '256 keys of 1 to 256 characters'],
    ['keys', [], ['x'.repeat(257)], '256 keys of 1 to 256 characters'],
    ['policy', 'x'.repeat(96), 'x'.repeat(97), '96 characters'],
    ['from', 1, 0, '1 to 2^53 − 1'],
    ['from', 2 ** 53 - 1, 2 ** 53, '1 to 2^53 − 1'],
    ['epoch', '0123456789abcdef', '0123456789abcde', '16 hex digits'],
    ['epoch', '0123456789abcdef', '0123456789ABCDEF', '16 hex digits'],
  ])('states the limits of the request member %s', (member, allowed, refused, said) => {
    expect(parseRequest(JSON.stringify({ [member]: allowed }))).toEqual({ [member]: allowed });
    expect(codeOf(() => parseRequest(JSON.stringify({ [member]: refused })))).toBe(
      'LAB_ERR_BAD_REQUEST',
    );
    const row = tableRows(markdown).find(
      ({ heading, cells }) => heading === 'Request' && cells[0] === `\`${member}\``,
    );
    expect(row?.cells[2]).toBe(said);
  });
});
