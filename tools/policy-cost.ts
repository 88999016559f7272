/**
 * What an overload policy costs while nobody is behind: CPU time of publishing messages and
 * offering them to subscribers whose sockets take them at once, as a ratio to the default, which
 * limits nothing. Once with sinks that take and do nothing, once with ones that make the cheapest
 * system call there is (a write to /dev/null; a send takes several times as long). Rounds in which
 * each policy has its turn, in another order each. By CPU time, and by the least of all rounds:
 * whoever uses the machine besides makes it longer, and nothing makes it shorter.
 *
 *     npm run bench:policies [subscribers] [rounds]
 */
import { openSync, writeSync } from 'node:fs';
import { loadCodec } from '../src/codecs/registry.js';
import { Broadcast } from '../src/core/broadcast.js';
import { systemClock } from '../src/core/clock.js';
import { DEFAULT_POLICY } from '../src/core/overload/policy.js';
import type { Sink } from '../src/core/sink.js';

const POLICIES = [
  DEFAULT_POLICY,
  'drop-oldest/messages=1000/bytes=64k',
  'drop-oldest/messages=1000/bytes=64k/age=200ms',
  'drop-newest/messages=1000/bytes=64k',
  'disconnect/messages=1000/bytes=64k/age=200ms',
  'deadline=200ms',
  'conflate',
  'conflate/messages=1000',
  'block',
];
const FLUSHES = 100;
const PER_FLUSH = 10;
const KEYS = 100;
const DEFAULT_SUBSCRIBERS = 1_000;
const DEFAULT_ROUNDS = 21;
const SLICE_BYTES = 256 * 1_024;

/** Reads all that is due, as the sink of a connection that is not blocked does. */
function takingSink(send: (bytes: Buffer) => void): Sink {
  return {
    flush: (reader) => {
      for (;;) {
        const slice = reader.read(SLICE_BYTES);
        if (slice === undefined) return;
        reader.advance(slice);
        send(slice.bytes);
      }
    },
    lagged: () => {
      throw new Error('somebody is behind: this is not what is measured');
    },
    end: () => {},
  };
}

const codec = await loadCodec('line-json');
const [subscribers = DEFAULT_SUBSCRIBERS, rounds = DEFAULT_ROUNDS] = process.argv
  .slice(2)
  .map(Number);

interface Feed {
  readonly policy: string;
  readonly broadcast: Broadcast;
  /** Of each round. */
  readonly micros: number[];
}

function feedOf(policy: string, send: (bytes: Buffer) => void): Feed {
  const clock = systemClock();
  const broadcast = new Broadcast({ clock, encoder: codec, policy, maxClients: subscribers });
  for (let i = 0; i < subscribers; i++) broadcast.subscribe({ encoder: codec }, takingSink(send));
  return { policy, broadcast, micros: [] };
}

/** µs of CPU time. */
function run(broadcast: Broadcast): number {
  const before = process.cpuUsage();
  for (let flush = 0; flush < FLUSHES; flush++) {
    for (let i = 0; i < PER_FLUSH; i++) broadcast.publish(`key${i % KEYS}`, { price: flush + i });
    broadcast.flush();
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

function measure(title: string, send: (bytes: Buffer) => void): void {
  const feeds = POLICIES.map((policy) => feedOf(policy, send));
  // For the compiler.
  for (const { broadcast } of feeds) run(broadcast);
  for (let round = 0; round < rounds; round++) {
    const order = [...feeds.slice(round % feeds.length), ...feeds.slice(0, round % feeds.length)];
    for (const { broadcast, micros } of round % 2 === 0 ? order : order.toReversed())
      micros.push(run(broadcast));
  }
  const [base] = feeds as [Feed];
  console.log(
    `${title}: ${subscribers} subscribers, ${PER_FLUSH} messages a flush, ${rounds} rounds`,
  );
  for (const { policy, micros } of feeds) {
    const ratios = micros.map((one, round) => one / (base.micros[round] as number));
    const least = Math.min(...micros);
    const nanos = (least * 1_000) / (FLUSHES * subscribers);
    const ratio = least / Math.min(...base.micros);
    console.log(
      `  ${policy.padEnd(46)} ${nanos.toFixed(0).padStart(5)} ns an offer, ratio ${ratio.toFixed(3)} (median of rounds ${middle(ratios).toFixed(3)})`,
    );
  }
}

const nowhere = openSync('/dev/null', 'w');
measure('offered', () => {});
measure('offered and written', (bytes) => void writeSync(nowhere, bytes));
process.exit(0);
