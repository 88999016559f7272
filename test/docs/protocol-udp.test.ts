import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCodec } from '../../src/codecs/registry.js';
import { newRepairCounters } from '../../src/transports/counters.js';
import * as control from '../../src/transports/datagram/control-packets.js';
import * as handshake from '../../src/transports/datagram/handshake-packets.js';
import * as repair from '../../src/transports/datagram/repair-packets.js';
import { DatagramScan } from '../../src/transports/datagram/scan.js';
import * as wire from '../../src/transports/datagram/wire.js';
import { ParityReceiver } from '../../src/transports/udp/redundancy/receiving/parity-receiver.js';
import { FakeClock } from '../support/core/fake-clock.js';

const page = readFileSync(new URL('../../docs/design/protocol-udp.md', import.meta.url), 'utf8');

/** The packet under each name: hex bytes, `00*32` for a run, `#` for a comment. */
const examples = new Map(
  [...page.matchAll(/^```hex (\w+)\n([\s\S]*?)^```$/gm)].map(([, name = '', block = '']) => {
    const bytes = block
      .replace(/#.*/g, '')
      .trim()
      .split(/\s+/)
      .map((word) => {
        const match = /^([0-9a-f]{2})(?:\*(\d+))?$/.exec(word);
        if (match === null) throw new Error(`${name}: not a byte: ${word}`);
        return Buffer.alloc(Number(match[2] ?? 1), Number.parseInt(match[1] as string, 16));
      });
    return [name, Buffer.concat(bytes)] as const;
  }),
);

function example(name: keyof typeof wire.PACKET): Buffer {
  const bytes = examples.get(name);
  if (bytes === undefined) throw new Error(`docs/design/protocol-udp.md has no example of ${name}`);
  expect(wire.packetType(bytes)).toBe(wire.PACKET[name]);
  return bytes;
}

const nonce = Buffer.from('a1b2c3d4e5f60718', 'hex');
const id = Buffer.from('d0d1d2d3d4d5d6d7', 'hex');
const token = Buffer.concat([
  Buffer.from(new BigUint64Array([1_700_000_010_000n]).buffer),
  Buffer.from('00112233445566778899aabbccddeeff', 'hex'),
]);
const epoch = { high: 0x01234567, low: 0x89abcdef };
const sendTime = 1_700_000_001_000_000;

describe('docs/design/protocol-udp.md', () => {
  it('has an example of every packet that is in use, and no others', () => {
    const all = [...Object.keys(wire.PACKET), 'padded', 'superseded'];
    expect([...examples.keys()].sort()).toEqual(all.sort());
  });

  it('lists every packet under its number', () => {
    for (const [name, type] of Object.entries(wire.PACKET)) {
      expect(page).toMatch(new RegExp(`\\| ${type} \\| ${name.toUpperCase()} \\|`));
    }
  });

  it('shows a HELLO', () => {
    const hello = { nonce, versions: wire.VERSIONS };
    expect(handshake.decodeHello(example('hello'))).toEqual(hello);
    expect(handshake.encodeHello(hello)).toEqual(example('hello'));
  });

  it('shows a RETRY of 71 bytes', () => {
    const retry = { nonce, token, versions: wire.VERSIONS, sendTime: 1_700_000_001_000_000 };
    expect(handshake.decodeRetry(example('retry'))).toEqual(retry);
    expect(handshake.encodeRetry(retry)).toEqual(example('retry'));
    expect(example('retry')).toHaveLength(71);
  });

  it('shows a SUBSCRIBE', () => {
    const subscribe = {
      version: wire.PADDED_VERSION,
      nonce,
      token,
      credential: Buffer.alloc(0),
      request: '{"codec":"line-json"}',
      receiveBufferBytes: 212_992,
      repair: true,
    };
    expect(handshake.decodeSubscribe(example('subscribe'))).toEqual(subscribe);
    expect(handshake.encodeSubscribe(subscribe)).toEqual(example('subscribe'));
  });

  it('shows an ACCEPT', () => {
    const accept = {
      epoch,
      next: 1_001,
      nonce,
      id,
      oldest: 1,
      snapshot: 2,
      heartbeatMs: 1_000,
      leaseMs: 5_000,
      codec: 'line-json',
      policy: 'conflate/messages=100',
      sendTime: 1_700_000_001_000_000,
      repair: true,
    };
    expect(handshake.decodeAccept(example('accept'))).toEqual(accept);
    expect(handshake.encodeAccept(accept)).toEqual(example('accept'));
    expect(wire.formatEpoch(wire.epochOf(example('accept')))).toBe('0123456789abcdef');
  });

  it('shows a REJECT', () => {
    const reject = { nonce, reason: 'LAB_ERR_MAX_CLIENTS', message: 'the server is full' };
    expect(handshake.decodeReject(example('reject'))).toEqual(reject);
    expect(handshake.encodeReject(reject)).toEqual(example('reject'));
  });

  it('shows a DATA datagram whose message the codec reads', async () => {
    const bytes = example('data');
    expect(wire.hasEpoch(bytes, epoch)).toBe(true);
    expect([wire.seqOf(bytes), wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([1_001, 3, 1]);
    expect(wire.sendTimeOf(bytes)).toBe(sendTime);
    const codec = await loadCodec('line-json');
    expect(codec.decode(bytes, wire.HEADER_BYTES, bytes.length)).toEqual({
      item: { seq: 1_001, time: 1_700_000_000_999_000, key: 'AAPL', value: { price: 187.5 } },
      end: bytes.length,
    });
  });

  it('shows a DATA datagram with padding, which a client strips and one of version 1 drops', async () => {
    const bytes = examples.get('padded') as Buffer;
    expect(wire.packetType(bytes)).toBe(wire.PACKET.data);
    expect([wire.versionOf(bytes), wire.paddingOf(bytes)]).toEqual([2, 7]);
    expect([wire.seqOf(bytes), wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([1_002, 4, 1]);
    const seen: [number, string][] = [];
    const scan = new DatagramScan({
      begin: () => {},
      message: (seq, start, end) => seen.push([seq, bytes.toString('latin1', start, end)]),
      end: () => {},
      control: () => {},
    });
    expect(scan.run(await loadCodec('line-json'), bytes, 0, bytes.length)).toBe(true);
    const text = '{"seq":1002,"time":1700000000999000,"key":"AAPL","value":{"price":187.5}}\n';
    expect(seen).toEqual([[1_002, text]]);
    expect(bytes).toHaveLength(wire.HEADER_BYTES + text.length + 7);
  });

  it('shows a LAGGED datagram', () => {
    const bytes = example('lagged');
    expect(control.decodeMissed(bytes)).toBe(998);
    expect([wire.seqOf(bytes), wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([2_000, 4, 0]);
    expect(control.encodeMissed(998)).toEqual(bytes.subarray(wire.HEADER_BYTES));
  });

  it('shows a HEARTBEAT', () => {
    const bytes = example('heartbeat');
    expect(bytes).toHaveLength(wire.HEADER_BYTES);
    const written = Buffer.alloc(wire.HEADER_BYTES);
    wire.writeHeader(written, wire.PACKET.heartbeat, 0, epoch, 2_001, 6, 0, sendTime);
    expect(bytes).toEqual(written);
  });

  it('shows a REPORT', () => {
    const report = { epoch, id, highest: 5, received: 4, lost: 1, jitter: 120 };
    expect(control.decodeReport(example('report'))).toEqual(report);
    expect(control.encodeReport(report)).toEqual(example('report'));
  });

  it('shows a NAK', () => {
    const ranges = [
      { from: 1_003, to: 1_005 },
      { from: 1_009, to: 1_010 },
    ];
    expect(repair.decodeNak(example('nak'))).toEqual({ epoch, id, ranges });
    expect(repair.encodeNak({ epoch, id, ranges })).toEqual(example('nak'));
  });

  it('shows a REPAIR, which is DATA but for type, flag and number', () => {
    const bytes = example('repair');
    expect(wire.flagsOf(bytes)).toBe(wire.FLAG.retransmit);
    expect([wire.seqOf(bytes), wire.dseqOf(bytes), wire.countOf(bytes)]).toEqual([1_003, 0, 1]);
    const payload = (examples.get('data') as Buffer).subarray(wire.HEADER_BYTES).toString();
    const repeated = payload.replace('1001', '1003');
    expect(bytes.subarray(wire.HEADER_BYTES).toString()).toBe(repeated);
  });

  it('shows a GAP', () => {
    const gap = { epoch, from: 1_004, to: 1_005, reason: repair.GAP_REASON.gone, superseded: 0 };
    expect(repair.decodeGap(example('gap'))).toEqual(gap);
    expect(repair.encodeGap(gap)).toEqual(example('gap'));
  });

  it('shows a GAP of messages that are superseded', () => {
    const reason = repair.GAP_REASON.superseded;
    const gap = { epoch, from: 1_004, to: 1_008, reason, superseded: 2 };
    const bytes = examples.get('superseded') as Buffer;
    expect(wire.packetType(bytes)).toBe(wire.PACKET.gap);
    expect(repair.decodeGap(bytes)).toEqual(gap);
    expect(repair.encodeGap(gap)).toEqual(bytes);
  });

  it('shows a PARITY of two, by which one with padding is rebuilt from the other', () => {
    const data = example('data');
    const padded = examples.get('padded') as Buffer;
    const counters = newRepairCounters();
    const clock = new FakeClock();
    const receiver = new ParityReceiver({ clock, epoch, counters, deadlineMs: 500 });
    const rebuilt: Buffer[] = [];
    receiver.handOn = (bytes) => rebuilt.push(Buffer.from(bytes)) > 0;
    receiver.arrived(data, 0, data.length);
    expect(receiver.take(wire.PACKET.parity, example('parity'))).toBe(true);
    const whole = padded.subarray(0, padded.length - 7);
    wire.writePadding(whole, 0);
    expect(rebuilt).toEqual([whole]);
  });

  it('shows an ANNOUNCE', () => {
    const announce = {
      epoch,
      next: 2_001,
      dseq: 6,
      sendTime,
      oldest: 1,
      heartbeatMs: 1_000,
      codec: 'line-json',
    };
    expect(control.decodeAnnounce(example('announce'))).toEqual(announce);
    expect(control.encodeAnnounce(announce)).toEqual(example('announce'));
  });

  it('shows an END', () => {
    const end = { epoch, id, seq: 2_001, dseq: 6, sendTime, reason: 'closed' };
    expect(control.decodeEnd(example('end'))).toEqual(end);
    expect(control.encodeEnd(end)).toEqual(example('end'));
  });
});
