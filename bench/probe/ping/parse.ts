import type { RoundTripTimes } from '../../result/result.js';
import { roundNanos, roundTripTimes } from '../round-trip.js';

/** What a ping printed, in one shape for every dialect. */
export interface PingReport {
  readonly sent: number;
  /** Echo requests answered; a duplicate answer counts once. */
  readonly received: number;
  readonly duplicates: number;
  /** Null when no reply showed a time. */
  readonly rtt_us: RoundTripTimes | null;
  /**
   * Replies below what this ping resolves (`<1ms`, `=0 ms`, `=0.0 ms`), taken as that: an upper
   * bound. None takes no time.
   */
  readonly bounded: number;
}

interface Replies {
  /** First reply to each request, µs. */
  readonly times: readonly number[];
  readonly duplicates: number;
  readonly bounded: number;
  /** Requests that the lines account for, answered or not. */
  readonly sent: number;
}

const UNIX_HEADER = /^PING6?[ (]/;
/**
 * iputils, busybox, BSD, macOS: `64 bytes from …: icmp_seq=1 ttl=64 time=0.443 ms`. AIX, NuttX, QNX
 * and toybox print whole milliseconds: `time=0 ms`; HP-UX and VxWorks `time=0. ms`.
 */
const UNIX_REPLY = /^\d+ bytes from .*\b(?:icmp_)?seq=(\d+)\b.*\btime ?([=<]) ?(\d+(?:\.\d*)?) ?ms/;
/**
 * Any line that names a request: a reply without a time, `From … icmp_seq=3 Destination …`,
 * `Request timeout for icmp_seq 3`.
 */
const UNIX_REQUEST = /\b(?:icmp_)?seq[= ](\d+)/;
/**
 * The header by which request numbers are known to start at 1 (iputils) and not at 0 (everyone
 * else); toybox too.
 */
const COUNTS_FROM_ONE =
  /^(?:PING .*\)(?: from [^:\n]*:)? \d+(?:\(\d+\) bytes of data| data bytes)|Ping .*\): \d+\(\d+\) bytes)/m;
const UNIX_TOTALS = /^(\d+) packets transmitted, (\d+) (?:packets )?received/m;
const UNIX_TIMES =
  /^(?:rtt|round-trip) min\/avg\/max(?:\/[a-z-]+)? = ([\d.]+)\/([\d.]+)\/([\d.]+)(?:\/([\d.]+|nan))? ms/m;

/**
 * Windows in any language: `Reply from 10.1.0.4: bytes=32 time<1ms TTL=128`, over IPv6
 * `время=37мс`; one language has `čas < 1ms`. The last number of a line with `=` or `<` before it
 * and a unit or `TTL=` behind it is the time (docs/design/reasons.md).
 */
const WINDOWS_TIMES =
  /(=|< ?)(\d+)(?: ?ms?(?!\w)|[^\p{ASCII}\s]{1,8}(?=\s|$)|[^\s\d=<]{0,8} TTL=\d)/gu;
/**
 * `Sent = 4, Received = 3, Lost = 1` in any language: three counts in a row, with the space that
 * replies do not have.
 */
const WINDOWS_TOTALS = /= (\d+)[^\d=]+= (\d+)[^\d=]+= (\d+)/;
/** The last numbers of a 16-bit sequence before it starts over. */
const SEQUENCE = 65_536;
/** No ping prints a longer line; the limit keeps the patterns linear on any text. */
const LONGEST_LINE = 512;

/**
 * Reads the output of the system's ping: iputils, busybox, BSD and macOS, Windows in any language.
 * Pure; any text gives a report. Percentiles come from the single replies; minimum, average,
 * maximum and `mdev` from the summary, if it speaks of exactly these replies and not in whole
 * milliseconds.
 */
export function parsePing(output: string): PingReport {
  const lines = output.split(/\r?\n/).filter((line) => line.length <= LONGEST_LINE);
  const isUnix = lines.some(
    (line) => UNIX_HEADER.test(line) || UNIX_REQUEST.test(line) || UNIX_TOTALS.test(line),
  );
  return isUnix ? parseUnix(lines) : parseWindows(lines);
}

function parseUnix(lines: readonly string[]): PingReport {
  const output = lines.join('\n');
  const replies = unixReplies(lines, COUNTS_FROM_ONE.test(output) ? 1 : 0);
  const totals = UNIX_TOTALS.exec(output);
  const sent = totals ? toCount(totals[1]) : replies.sent;
  const received = totals ? toCount(totals[2]) : replies.times.length;
  const fromReplies = roundTripTimes(replies.times);
  const complete = replies.duplicates === 0 && received === replies.times.length;
  const rtt_us = fromReplies && (complete ? withSummary(fromReplies, output) : fromReplies);
  return {
    sent: Math.max(sent, received),
    received,
    duplicates: replies.duplicates,
    rtt_us,
    bounded: replies.bounded,
  };
}

function unixReplies(lines: readonly string[], firstSeq: number): Replies {
  const times: number[] = [];
  const answered = new Set<number>();
  const seqs = unwrapper();
  let duplicates = 0;
  let bounded = 0;
  let highest = firstSeq - 1;
  for (const line of lines) {
    const named = UNIX_REQUEST.exec(line);
    if (!named) continue;
    const seq = seqs(Number(named[1]));
    highest = Math.max(highest, seq);
    const [, , sign, text] = UNIX_REPLY.exec(line) ?? [];
    if (text === undefined) continue;
    if (answered.has(seq) || line.includes('DUP!')) {
      duplicates++;
      continue;
    }
    answered.add(seq);
    const ms = Number(text);
    times.push(toMicros(ms === 0 ? smallestOf(text) : ms));
    if (sign === '<' || ms === 0) bounded++;
  }
  return { times, duplicates, bounded, sent: highest - firstSeq + 1 };
}

/** What the last digit of a number stands for: 1 of `0` and `0.`, 0.1 of `0.0`. */
function smallestOf(text: string): number {
  return 10 ** -(text.split('.')[1] ?? '').length;
}

/** Turns 16-bit sequence numbers that start over into ones that keep growing. */
function unwrapper(): (seq: number) => number {
  let round = 0;
  let last = 0;
  return (seq) => {
    const wrapped = seq % SEQUENCE;
    if (wrapped < last - SEQUENCE / 2) round++;
    else if (wrapped > last + SEQUENCE / 2 && round > 0) return (round - 1) * SEQUENCE + wrapped;
    last = wrapped;
    return round * SEQUENCE + wrapped;
  };
}

function withSummary(times: RoundTripTimes, output: string): RoundTripTimes {
  const match = UNIX_TIMES.exec(output);
  if (match?.slice(1, 4).some((ms) => !ms.includes('.'))) return times;
  const [min, avg, max] = [match?.[1], match?.[2], match?.[3]].map((ms) => toMicros(Number(ms)));
  if (min === undefined || avg === undefined || max === undefined) return times;
  if (!(min > 0 && min <= avg && avg <= max)) return times;
  const mdev = toMicros(Number(match?.[4]));
  // Replies are printed with fewer digits than the summary: 12.3 ms may be the median of replies
  // between 12.345 and 12.349.
  const p50 = Math.min(Math.max(times.p50, min), max);
  return { min, avg, p50, max, mdev: Number.isFinite(mdev) ? mdev : null };
}

function parseWindows(lines: readonly string[]): PingReport {
  const start = lines.findIndex((line) => line.trim() !== '');
  const times: number[] = [];
  let bounded = 0;
  let exchanges = 0;
  // One line for each request follows the header, up to a blank line.
  for (const line of lines.slice(start + 1)) {
    if (line.trim() === '' && exchanges > 0) break;
    if (line.trim() === '') continue;
    exchanges++;
    const reply = [...line.matchAll(WINDOWS_TIMES)].at(-1);
    if (!reply) continue;
    const ms = Number(reply[2]);
    times.push(toMicros(Math.max(ms, 1)));
    if (reply[1] !== '=' || ms === 0) bounded++;
  }
  // Its own count of replies is not of use: "Destination host unreachable" from a router is one of
  // them.
  const totals = lines.map((line) => WINDOWS_TOTALS.exec(line)).find((match) => match !== null);
  const sent = totals ? toCount(totals[1]) : times.length === 0 ? 0 : exchanges;
  const received = times.length;
  return {
    sent: Math.max(sent, received),
    received,
    duplicates: 0,
    rtt_us: roundTripTimes(times),
    bounded,
  };
}

function toMicros(ms: number): number {
  return roundNanos(ms * 1e3);
}

function toCount(digits: string | undefined): number {
  const count = Number(digits);
  return Number.isSafeInteger(count) ? count : 0;
}
