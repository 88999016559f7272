/**
 * What is lost for good with parities and with copies, through the halves of server and client and
 * a simulated path, held against closed forms that are worked out here, packet by packet.
 */
import { describe, expect, it } from 'vitest';
import { binomialRange } from '../../../../../src/stats/count-range.js';
import * as wire from '../../../../../src/transports/datagram/wire.js';
import {
  lossAfterCopy,
  lossAfterParity,
} from '../../../../../src/transports/udp/redundancy/gilbert.js';
import { CopyReceiver } from '../../../../../src/transports/udp/redundancy/receiving/copy-receiver.js';
import { ParityReceiver } from '../../../../../src/transports/udp/redundancy/receiving/parity-receiver.js';
import type { RedundantReceiver } from '../../../../../src/transports/udp/redundancy/receiving/redundant-receiver.js';
import type { RedundantSender } from '../../../../../src/transports/udp/redundancy/redundancy.js';
import { CopySender } from '../../../../../src/transports/udp/redundancy/sending/copy-sender.js';
import { ParitySender } from '../../../../../src/transports/udp/redundancy/sending/parity-sender.js';
import { SharedCopies } from '../../../../../src/transports/udp/redundancy/sending/shared-copies.js';
import { SharedParities } from '../../../../../src/transports/udp/redundancy/sending/shared-parities.js';
import {
  after,
  type Chain,
  chainOf,
  gilbertPath,
  shareLostOfBlock,
} from '../../../../support/net/gilbert-path.js';
import {
  dataOf,
  payloadOf,
  receivingRig,
  type SendingRig,
  sendingRig,
  TARGET,
} from '../../../../support/net/redundancy-rig.js';

const CONFIDENCE = 0.9999;

/** Which datagrams of `datagrams` never came, nor were brought back, whole. */
function lostFor(
  rig: SendingRig,
  sender: RedundantSender,
  receiver: RedundantReceiver,
  chain: Chain,
  datagrams: number,
): Set<number> {
  const isLost = gilbertPath(chain, 7);
  const missing = new Set<number>();
  receiver.handOn = (bytes) => {
    const seq = wire.seqOf(bytes);
    const isWhole = payloadOf(seq).equals(bytes.subarray(wire.HEADER_BYTES));
    if (!isWhole || wire.countOf(bytes) !== 1 || !missing.delete(seq))
      throw new Error(`handed on what was not lost, or is something else: ${seq}`);
    return true;
  };
  for (let number = 1; number <= datagrams; number++) {
    const data = dataOf(number);
    if (isLost()) missing.add(number);
    else {
      receiver.arrived(data, 0, data.length);
      receiver.settle();
    }
    const payload = data.subarray(wire.HEADER_BYTES);
    sender.sent(number, wire.PACKET.data, 0, number, 1, number - 1, payload, 0);
    sender.inStep(rig.reader);
    for (const packet of rig.sender.sent.splice(0))
      if (!isLost() && !receiver.take(wire.packetType(packet), packet))
        throw new Error('a packet that makes no sense');
  }
  return missing;
}

function withParity(chain: Chain, k: number, depth: number, groups: number) {
  const rig = sendingRig();
  const shared = new SharedParities();
  const sender = new ParitySender(rig.context, TARGET, shared, 500, () => ({ k, depth }));
  const client = receivingRig();
  const receiver = new ParityReceiver(client.parts);
  const datagrams = groups * k * depth;
  const lost = lostFor(rig, sender, receiver, chain, datagrams);
  return { rig, client, lost, datagrams };
}

function withCopies(chain: Chain, delay: number, datagrams: number) {
  const rig = sendingRig();
  const shared = new SharedCopies(rig.context.broadcast);
  const sender = new CopySender(rig.context, TARGET, shared, 500, () => delay);
  const client = receivingRig();
  const lost = lostFor(rig, sender, new CopyReceiver(client.parts), chain, datagrams);
  return { rig, client, lost, datagrams };
}

/**
 * Losses that are left come in clusters (of a block, of a burst): in how many such that follow one
 * another on the wire there are any is nearly binomial, and their mean is what is expected of it.
 */
function expectAsExpected(lost: Set<number>, cluster: number, share: number, datagrams: number) {
  const clusters = Math.floor(datagrams / cluster);
  const sizes = new Float64Array(clusters);
  for (const number of lost) {
    const at = Math.min(clusters - 1, Math.floor((number - 1) / cluster));
    sizes[at] = (sizes[at] as number) + 1;
  }
  const hit = sizes.filter((size) => size > 0);
  const mean = lost.size / hit.length;
  const expected = (share * datagrams) / mean;
  const { low, high } = binomialRange(clusters, expected / clusters, CONFIDENCE);
  expect(hit.length).toBeGreaterThanOrEqual(low);
  expect(hit.length).toBeLessThanOrEqual(high);
  // The range is to be narrow enough to tell.
  expect(high - low).toBeLessThan(1.5 * expected);
}

/** Enough for about a hundred losses, and for no less than a second of a busy feed. */
function datagramsFor(share: number): number {
  return Math.max(20_000, Math.ceil(150 / share));
}

const IID_1 = chainOf(0.01);
const IID_5 = chainOf(0.05);
const BURSTS_1 = chainOf(0.01, 3);
const BURSTS_5 = chainOf(0.05, 3);

/** k, depth, what the note has for it in %. */
const CODES = [
  [10, 1, { IID_1: 0.096, IID_5: 2.01, BURSTS_1: 0.87, BURSTS_5: 4.4 }],
  [5, 1, { IID_1: 0.049, IID_5: 1.13, BURSTS_1: 0.85, BURSTS_5: 4.3 }],
  [10, 10, { BURSTS_1: 0.12, BURSTS_5: 2.1 }],
  [5, 10, { BURSTS_1: 0.077, BURSTS_5: 1.2 }],
] as const;

const CHAINS = { IID_1, IID_5, BURSTS_1, BURSTS_5 };

const PARITY_CASES = CODES.flatMap(([k, depth, percents]) =>
  Object.entries(percents).map(([path, percent]) => ({ k, depth, path, percent })),
);

describe.each(PARITY_CASES)('XOR $k+1, $depth interleaved, behind $path', (code) => {
  const { k, depth, path, percent } = code;
  const chain = CHAINS[path as keyof typeof CHAINS];
  const share = shareLostOfBlock(chain, k, depth);

  it('leaves of the loss what the histories of a block sum up to, and the formula says', () => {
    expect(share * 100).toBeCloseTo(percent, percent < 0.1 ? 3 : percent < 1 ? 2 : 1);
    const burst = 1 / chain.leave;
    expect(lossAfterParity({ loss: chain.loss, burst }, k, depth)).toBeCloseTo(share, 12);
  });

  it('loses as much in a simulation, and brings nothing back that was not lost', () => {
    const groups = Math.ceil(datagramsFor(share) / k / depth);
    const { rig, client, lost, datagrams } = withParity(chain, k, depth, groups);
    expectAsExpected(lost, k * depth, share, datagrams);
    expect(rig.counters).toMatchObject({ repairs: groups * depth, repairsWithheld: 0 });
    expect(client.counters.spurious).toBe(0);
    expect(client.counters.repaired).toBe(client.counters.used);
  });
});

describe.each([
  { delay: 1, path: 'BURSTS_5' },
  { delay: 5, path: 'BURSTS_5' },
  { delay: 10, path: 'BURSTS_5' },
  { delay: 1, path: 'IID_5' },
] as const)('copies $delay datagrams behind $path', ({ delay, path }) => {
  const chain = CHAINS[path];
  // Between an original and its copy there are as many other copies as originals.
  const distance = 2 * delay + 1;
  const share = chain.loss * after(chain, distance)[1][1];

  it('lose both with the chance that the path is bad again, and the formula says', () => {
    const burst = 1 / chain.leave;
    expect(lossAfterCopy({ loss: chain.loss, burst }, distance)).toBeCloseTo(share, 12);
  });

  it('lose as much in a simulation, and bring nothing back that was not lost', () => {
    const { client, lost, datagrams } = withCopies(chain, delay, datagramsFor(share));
    expectAsExpected(lost, 4 * distance, share, datagrams);
    expect(client.counters.spurious).toBe(0);
  });
});

it('the chance of a copy is that of the note, for so many packets between', () => {
  const path = { loss: 0.01, burst: 3 };
  expect(lossAfterCopy(path, 1) * 100).toBeCloseTo(0.67, 2);
  expect(lossAfterCopy(path, 5) * 100).toBeCloseTo(0.14, 2);
  expect(lossAfterCopy(path, 10) * 100).toBeCloseTo(0.026, 3);
  expect(lossAfterCopy({ loss: 0.05, burst: 3 }, 10) * 100).toBeCloseTo(0.31, 2);
});
