import type { Codec } from '../../src/codecs/codec.js';
import { countOf, seqOf } from '../../src/transports/datagram/wire.js';

/**
 * For one subscriber that only counts what arrives, as those of the bare loops do: beside them,
 * what a subscriber does with its messages would be charged to the engine, as it waits for who
 * reads from TCP and shares two cores with both. Over TCP nothing is looked at after the welcome;
 * of a datagram only what its header says.
 */
export function countOnly(codec: Codec, transport: 'tcp' | 'udp'): Codec {
  let welcomed = false;
  return {
    name: codec.name,
    maxMessageBytes: codec.maxMessageBytes,
    encode: (message, into, offset) => codec.encode(message, into, offset),
    encodeControl: (control, into, offset) => codec.encodeControl(control, into, offset),
    decode: (bytes, start, end) => codec.decode(bytes, start, end),
    seqAt: (bytes, start, end) => codec.seqAt(bytes, start, end),
    timeAt: (bytes, start, end) => codec.timeAt(bytes, start, end),
    scan: (bytes, start, end, visitor) => {
      if (transport === 'udp') {
        const first = seqOf(bytes);
        for (let i = 0; i < countOf(bytes); i++) visitor.message(first + i, start, end);
        return end;
      }
      if (welcomed) return end;
      const rest = codec.scan(bytes, start, end, visitor);
      welcomed = rest > start;
      return rest;
    },
  };
}
