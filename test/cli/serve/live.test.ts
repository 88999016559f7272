import { expect, it } from 'vitest';
import type { LiveEvent, LivePart } from '../../../reports/html/view/live.js';
import { Browser, CHROMIUM } from '../../support/browser/chromium.js';
import { finish, start } from '../../support/cli/lab.js';
import { livePageOf, watchEvents } from '../../support/cli/live-page.js';
import { until } from '../../support/conformance/transport-support.js';
import { RawClient } from '../../support/net/raw-client.js';

function tables(events: readonly LiveEvent[], id: string): string[][][] {
  const isTable = (part: LivePart): part is Extract<LivePart, { kind: 'table' }> =>
    part.kind === 'table';
  return events
    .filter((event) => event.id === id)
    .map(({ part }) => part)
    .filter(isTable)
    .map(({ table }) => table.rows.map(({ cells }) => cells.map(({ text }) => text)));
}

it('lab serve --live names the client that does not read, draws in Chromium, and ends with the server', async () => {
  const browser = CHROMIUM === undefined ? undefined : await Browser.start();
  const args = '--port 0 --no-http --log-level error --size 8k --rate 2000 --json --live';
  const child = start(['serve', ...args.split(' ')]);
  const done = finish(child);
  let ready = '';
  child.stdout!.on('data', (chunk) => {
    ready += chunk;
  });
  const url = await livePageOf(child);
  const { events, ended } = await watchEvents(url);
  await until(() => ready.endsWith('\n'), 'the server to say where it is');
  const { hostname, port } = new URL(JSON.parse(ready).urls[0].replace('tcp:', 'http:'));
  const slow = await RawClient.connect({ host: hostname, port: Number(port) });
  slow.socket.write('{"codec":"line-json"}\n');
  slow.socket.pause();
  const address = `tcp://127.0.0.1:${slow.socket.localPort}`;
  const page = await browser?.page();
  await page?.open(url);
  const slowest = (): string[][] | undefined => tables(events, 'slowest').at(-1);
  await until(() => (slowest()?.length ?? 0) > 0, 'a slow client');
  expect(slowest()![0]!.slice(0, 2)).toEqual([address, 'drop-oldest']);
  if (page !== undefined) {
    const first = `document.querySelector('#slowest tbody tr')?.textContent ?? ''`;
    await expect.poll(() => page.evaluate(first)).toContain(address);
    expect((await page.screenshot()).length).toBeGreaterThan(10_000);
  }
  child.kill('SIGTERM');
  const [, finished] = await Promise.all([ended, done]);
  expect(events.at(-1)!.part).toEqual({ kind: 'end', report: null });
  expect(finished.code).toBe(0);
  expect(finished.stderr).toMatch(/live page: .* of one core, for [12] browsers?/);
  if (page !== undefined) {
    await expect.poll(() => page.evaluate('document.body.dataset.state')).toBe('finished');
    expect(page.errors).toEqual([]);
  }
  await browser?.close();
});
