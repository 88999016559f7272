/**
 * `npm run bench:link-programs`: what others measure of an emulated link. irtt tells loss and one-way
 * delay of both directions, iperf3 the speed of TCP under loss, the kernel the bytes of the device.
 * Beside each stands what the link was asked for, or what theory has. A program that is not
 * installed is skipped: `apt-get install irtt iperf3`. Four minutes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { lossRange } from '../bench/link/closed-forms.js';
import type { Link, LinkEnd } from '../bench/link/link.js';
import { openLink } from '../bench/link/open-link.js';
import { findProgram } from '../bench/link/requirements.js';
import { parseLink } from '../bench/link/spec/parse.js';
import { sleep } from '../src/core/timer.js';

const SECONDS = Number(process.env.LAB_LINK_SECONDS ?? 25);
const START_MS = 1_000;
const SETTLE_MS = 500;
const CONFIDENCE = 0.9999;
/** Of a segment with time stamps on a path of 1,500 bytes. */
const SEGMENT_BYTES = 1_448;
const ROUND_TRIP_S = 0.1;
const DELAY_US = 300;

/** Asked for or expected, found, and whether that is within what is allowed. */
type Row = readonly [what: string, asked: string, found: string, isWithin: boolean];

async function main(): Promise<void> {
  const table = new Table({
    head: ['figure', 'asked or expected', 'found', ''],
    style: { head: [], border: [] },
  });
  const checks: [string, () => Promise<Row[]>][] = [
    ['irtt', () => irtt('delay=20ms/loss=5%')],
    ['irtt', () => irtt('up.delay=40ms/down.delay=10ms/loss=5%/burst=4')],
    ['iperf3', () => datagrams('delay=5ms/down.loss=2%')],
    ['iperf3', () => segments('every:1000', 38, 20)],
    ['iperf3', () => segments('every:10000', 187, 40)],
    ['iperf3', () => segments('1%', 1.22 / Math.sqrt(0.01), 5)],
    ['iperf3', () => segments('0.1%', 1.22 / Math.sqrt(0.001), 5)],
  ];
  for (const [program, check] of checks) {
    const rows = findProgram(program) === undefined ? skipped(program) : await check();
    for (const [what, asked, found, isWithin] of rows)
      table.push([what, asked, found, isWithin ? 'ok' : 'OUTSIDE']);
  }
  console.log(table.toString());
}

function skipped(program: string): Row[] {
  return [[program, 'is not installed', 'skipped', true]];
}

async function irtt(text: string): Promise<Row[]> {
  return await behind(text, ['irtt', 'server', '-i', '1ms'], async (link) => {
    const folder = mkdtempSync(join(tmpdir(), 'lab-irtt-'));
    try {
      const file = join(folder, 'irtt.json');
      await finished(link.clientEnd, [
        ...['irtt', 'client', '-q', '-i', '2ms', '-d', '8s', '-l', '100', '-o', file],
        link.serverAddress,
      ]);
      const { stats } = JSON.parse(readFileSync(file, 'utf8'));
      const received = stats.server_packets_received;
      const [up, down] = [link.spec.up, link.spec.down];
      return [
        ...lossRow(`${text}: irtt loss up`, up.loss, stats.packets_sent, received),
        ...lossRow(`${text}: irtt loss down`, down.loss, received, stats.packets_received),
        delayRow(`${text}: irtt delay up p50`, up.delayUs, stats.send_delay.median),
        delayRow(`${text}: irtt delay down p50`, down.delayUs, stats.receive_delay.median),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

function lossRow(
  what: string,
  loss: Parameters<typeof lossRange>[0],
  sent: number,
  received: number,
): Row[] {
  const { low, high } = lossRange(loss, sent, CONFIDENCE);
  const lost = sent - received;
  return [[what, `${low} to ${high} of ${sent}`, String(lost), lost >= low && lost <= high]];
}

/** irtt has ns. */
function delayRow(what: string, askedUs: number, nanos: number): Row {
  const us = nanos / 1_000;
  const isWithin = us >= askedUs && us <= askedUs + DELAY_US;
  return [what, `${askedUs} to ${askedUs + DELAY_US} us`, us.toFixed(0), isWithin];
}

async function datagrams(text: string): Promise<Row[]> {
  return await behind(text, ['iperf3', '-s'], async (link) => {
    const before = deviceCounts(await finished(link.clientEnd, ['cat', '/proc/self/net/dev']));
    const said = await finished(link.clientEnd, [
      ...['iperf3', '-J', '-u', '-R', '-c', link.serverAddress],
      ...['-b', '2M', '-l', '500', '-t', '5'],
    ]);
    await sleep(SETTLE_MS);
    const after = deviceCounts(await finished(link.clientEnd, ['cat', '/proc/self/net/dev']));
    const { lost_packets: lost, packets } = JSON.parse(said).end.sum;
    const [{ up, down } = { up: undefined, down: undefined }] = (await link.book()).clients;
    if (up === undefined || down === undefined) throw new Error('the link has no client');
    const exact = (what: string, asked: number, found: number): Row => [
      `${text}: ${what}`,
      String(asked),
      String(found),
      asked === found,
    ];
    return [
      exact('bytes up, device and book', after.sent - before.sent, up.bytes),
      exact('bytes down, device and book', after.received - before.received, down.deliveredBytes),
      ...lossRow(`${text}: iperf3 loss down`, link.spec.down.loss, packets, packets - lost),
    ];
  });
}

/**
 * Of bulk data over CUBIC: mean window, in segments, beside RFC 9438's or the bound of Mathis. Until
 * `omittedSeconds` it may come down from where slow start left it.
 */
async function segments(loss: string, expected: number, omittedSeconds: number): Promise<Row[]> {
  const text = `delay=${ROUND_TRIP_S * 500}ms/down.loss=${loss}`;
  return await behind(text, ['iperf3', '-s'], async (link) => {
    const said = await finished(link.clientEnd, [
      ...['iperf3', '-J', '-R', '-C', 'cubic', '-c', link.serverAddress],
      ...['-O', String(omittedSeconds), '-t', String(SECONDS)],
    ]);
    const { bits_per_second: rate } = JSON.parse(said).end.sum_received;
    const window = (rate / 8 / SEGMENT_BYTES) * ROUND_TRIP_S;
    const isBound = loss.endsWith('%');
    const low = isBound ? 0 : 0.8 * expected;
    const high = isBound ? expected : 1.2 * expected;
    const asked = isBound ? `at most ${high.toFixed(1)} (Mathis)` : `${expected} (RFC 9438)`;
    const found = `${window.toFixed(1)} (${((100 * window) / expected).toFixed(0)} %)`;
    return [[`${text}: segments in flight`, asked, found, window >= low && window <= high]];
  });
}

async function behind(
  text: string,
  server: readonly string[],
  use: (link: Link) => Promise<Row[]>,
): Promise<Row[]> {
  const spec = parseLink('link', text, () => ({ atUs: [], sha256: '' }));
  const link = await openLink({ spec, seed: 1, clients: 1, binds: false });
  const child = start(link.serverEnd, server, 'ignore');
  try {
    await sleep(START_MS);
    return await use(link);
  } finally {
    child.kill('SIGKILL');
    await link.close();
  }
}

/** What it prints. */
async function finished(end: LinkEnd, command: readonly string[]): Promise<string> {
  const child = start(end, command, 'pipe');
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${command.join(' ')} ends with ${code}: ${said.slice(-500)}`);
  return said;
}

function start(end: LinkEnd, command: readonly string[], stdout: 'ignore' | 'pipe'): ChildProcess {
  const [program = '', ...args] = end.enter(command);
  return spawn(program, args, { stdio: ['ignore', stdout, 'inherit'] });
}

/** Of the device, proc_net(5): bytes received and sent. */
function deviceCounts(table: string): { readonly received: number; readonly sent: number } {
  const [columns = ''] = table.match(/(?<=lab0:).*/) ?? [];
  const numbers = columns.trim().split(/\s+/).map(Number);
  return { received: numbers[0] ?? Number.NaN, sent: numbers[8] ?? Number.NaN };
}

await main();
