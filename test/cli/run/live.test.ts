/** `lab run --live`: one run that is watched in every way at once. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect as open } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabResult } from '../../../bench/result/result.js';
import type { LiveEvent, LivePart } from '../../../reports/html/view/live.js';
import { Browser, CHROMIUM, NO_CHROMIUM, type Page } from '../../support/browser/chromium.js';
import { type Finished, finish, lab, start } from '../../support/cli/lab.js';
import { eventsOf, livePageOf, request } from '../../support/cli/live-page.js';

const RUN =
  'run -t tcp,udp -k msgpack -c 10 -r 100 -d 2s -w 100ms --repeat 1 --skip-baselines --no-save --json --live';

const partsOf = <K extends LivePart['kind']>(
  events: readonly LiveEvent[],
  kind: K,
): Extract<LivePart, { kind: K }>[] =>
  events
    .map(({ part }) => part)
    .filter((part): part is Extract<LivePart, { kind: K }> => part.kind === kind);

let child: ChildProcess;
let finished: Finished;
let events: readonly LiveEvent[];
let refusals: (number | undefined)[];
let headers: NodeJS.Dict<string | string[]>;
let document: string;
let browser: Browser | undefined;
let page: Page | undefined;
let wasRunning: string | undefined;

beforeAll(async () => {
  if (CHROMIUM !== undefined) browser = await Browser.start();
  child = start(RUN.split(' '));
  const done = finish(child);
  const url = await livePageOf(child);
  const watched = eventsOf(url);
  // One that never reads, and one that leaves at once: both cost the run nothing.
  const deaf = open(Number(new URL(url).port), '127.0.0.1');
  deaf.on('error', () => {});
  deaf.pause().write(`GET /events HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`);
  (await request(`${url}events`)).destroy();
  const first = await request(url);
  headers = first.headers;
  document = (await first.setEncoding('utf8').toArray()).join('');
  refusals = [];
  for (const [path, given] of [
    ['', { host: 'evil.example' }],
    ['events', { host: `evil.example:${new URL(url).port}` }],
    ['events', { 'sec-fetch-site': 'cross-site' }],
    ['secret', {}],
  ] as const) {
    const response = await request(url + path, given);
    refusals.push(response.statusCode);
    response.resume();
  }
  page = await browser?.page();
  await page?.set({ width: 1_280, dark: true });
  await page?.open(url);
  wasRunning = await page?.evaluate<string>(`new Promise((resolve) => {
    const look = () => document.querySelector('.grid .running') === null
      ? setTimeout(look, 50) : resolve(document.body.dataset.state);
    look();
  })`);
  [events, finished] = await Promise.all([watched, done]);
  deaf.destroy();
}, 60_000);

afterAll(() => browser?.close());

describe('lab run --live', () => {
  it('ends by itself whoever looks on, and says what the page has cost', () => {
    expect([0, 4]).toContain(finished.code);
    expect(finished.stderr).toMatch(
      /live page: \S+ (µs|ms|s) of CPU in \d+ s, \S+ % of one core, for [34] browsers/,
    );
    // stdout is the result and nothing else.
    expect((JSON.parse(finished.stdout) as LabResult).cells).toHaveLength(2);
  });

  it('tells by events how the matrix fills, from the first to the last cell', () => {
    const grids = partsOf(events, 'grid').map(({ grid }) => grid.rows.map(({ runs }) => runs[0]));
    expect(grids.some((states) => states.includes('running'))).toBe(true);
    expect(grids.at(-1)).toHaveLength(2);
    for (const state of grids.at(-1)!) expect(['VALID', 'SUSPECT', 'INVALID']).toContain(state);
    const states = partsOf(events, 'status').map(({ state }) => state);
    expect([states[0], states.at(-1)]).toEqual([
      'running',
      expect.stringMatching(/finished|stopped/),
    ]);
  });

  it('has the figures of the seconds that the result has', () => {
    const { cells } = JSON.parse(finished.stdout) as LabResult;
    const charts = partsOf(events, 'chart').flatMap(({ chart }) => (chart === null ? [] : chart));
    for (const cell of cells) {
      const delivered = cell.series.slice(0, 2).map((one) => one.delivered);
      expect(charts.map(({ series }) => series[0]!.values)).toContainEqual(delivered);
    }
  });

  it('gives the report itself with the last event', () => {
    const last = events.at(-1)!.part;
    expect(last.kind).toBe('end');
    expect(last.kind === 'end' && last.report).toMatch(/^<!doctype html>/);
  });

  it('is for the page of this machine only, which may load and run nothing else', () => {
    expect(refusals).toEqual([403, 403, 403, 404]);
    expect(headers['content-security-policy']).toBe("frame-ancestors 'none'");
    expect(document).toMatch(
      /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-/,
    );
    expect(document).toContain("connect-src 'self'");
  });

  it.skipIf(CHROMIUM === undefined)(
    `is drawn in Chromium without an error (${CHROMIUM ?? NO_CHROMIUM})`,
    async () => {
      expect(wasRunning).toBe('running');
      expect(page!.errors).toEqual([]);
      expect(await page!.evaluate('document.body.dataset.state')).toMatch(/finished|stopped/);
      expect(await page!.evaluate(`document.querySelectorAll('#figures tbody tr').length`)).toBe(2);
      const href = await page!.evaluate<string>(`document.querySelector('#end a').href`);
      expect(href).toMatch(/^blob:http/);
      expect((await page!.screenshot()).length).toBeGreaterThan(10_000);
      // The report runs under its own policy and that of the page.
      await page!.open(href);
      expect(await page!.evaluate(`document.querySelectorAll('canvas').length`)).toBe(3);
      expect(page!.errors).toEqual([]);
    },
  );

  it('refuses a port in use before anything is measured, and where nothing runs', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { readonly port: number };
    const taken = await lab(['run', `--live=${port}`, '--no-save', '--skip-baselines']);
    expect([taken.code, taken.stdout]).toEqual([1, '']);
    expect(taken.stderr).toContain(`LAB_ERR_PORT_IN_USE: port ${port} on 127.0.0.1 is in use`);
    expect(taken.stderr).toContain('--live=PORT');
    other.close();
    const dry = await lab(['run', '--live', '--dry-run']);
    expect(dry.code).toBe(2);
    expect(dry.stderr).toContain('LAB_ERR_NO_EFFECT');
  });
});
