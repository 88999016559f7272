import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtmlReport } from '../../../reports/html/run/report.js';
import { Browser, CHROMIUM, NO_CHROMIUM, type Page } from '../../support/browser/chromium.js';
import { makeSixteen } from '../../support/result/sixteen.js';

const names = `[...document.querySelectorAll('#figures tbody th')].map((th) => th.textContent)`;
const shown = `[...document.querySelectorAll('#figures tbody tr')].filter((tr) => !tr.hidden).length`;
const click = (selector: string): string =>
  `document.querySelector(${JSON.stringify(selector)}).click()`;
/** A field of a form takes a value as if it had been typed or chosen. */
const fill = (selector: string, value: string, event: 'input' | 'change'): string =>
  `{ const field = document.querySelector(${JSON.stringify(selector)});
     field.value = ${JSON.stringify(value)}; field.dispatchEvent(new Event('${event}')); }`;

describe.skipIf(CHROMIUM === undefined)(`a page in Chromium (${CHROMIUM ?? NO_CHROMIUM})`, () => {
  const result = makeSixteen();
  let browser: Browser;
  let page: Page;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-page-'));
    await writeFile(join(folder, 'report.html'), renderHtmlReport(result));
    url = pathToFileURL(join(folder, 'report.html')).href;
    browser = await Browser.start();
    page = await browser.page();
    await page.set({ width: 1_280, dark: false });
    await page.open(url);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has no error, asks for nothing but itself, and draws its charts', async () => {
    const drawn = `[...document.querySelectorAll('#explore canvas')].map((one) => one.width > 500)`;
    expect(await page.evaluate(drawn)).toEqual([true, true, true]);
    expect(await page.evaluate(`document.querySelectorAll('figure.chart svg').length`)).toBe(7);
    expect(page.errors).toEqual([]);
    expect([...new Set(page.requests)]).toEqual([url]);
  });

  it('runs no script and no style that is put into it', async () => {
    const before = page.errors.length;
    await page.evaluate(`{ const script = document.createElement('script');
      script.textContent = 'window.ran = true'; document.body.append(script);
      document.body.setAttribute('style', 'display: none'); }`);
    expect(await page.evaluate('window.ran ?? null')).toBeNull();
    expect(await page.evaluate('getComputedStyle(document.body).display')).toBe('block');
    await page.evaluate(`document.body.removeAttribute('style')`);
    expect(page.errors.length).toBeGreaterThan(before);
  });

  it('sorts its table by a press on a head, and back by another', async () => {
    const p99 = result.cells.map((cell) => ({
      name: `${cell.transport}/${cell.codec}`,
      value: cell.latency_us.p99!,
      lossy: (cell.loss_ratio ?? 0) > 0.01,
    }));
    const known = p99.filter(({ lossy }) => !lossy).toSorted((a, b) => a.value - b.value);
    const head = await page.evaluate<number>(
      `[...document.querySelectorAll('#figures thead th')].findIndex((th) => th.textContent === 'p99')`,
    );
    const button = `#figures thead th:nth-child(${head + 1}) button`;
    await page.evaluate(click(button));
    const up = await page.evaluate<string[]>(names);
    // The one that lost too much to have a p99 is last, whichever way.
    expect(up.slice(0, 15)).toEqual(known.map(({ name }) => name));
    await page.evaluate(click(button));
    const down = await page.evaluate<string[]>(names);
    expect(down.slice(0, 15)).toEqual(known.map(({ name }) => name).reverse());
    expect(down[15]).toBe(up[15]);
    expect(await page.evaluate(`document.querySelector('${button}').parentElement.ariaSort`)).toBe(
      'descending',
    );
  });

  it('filters its table by words', async () => {
    await page.evaluate(fill('#figures input', 'udp/ MSGPACK', 'input'));
    expect(await page.evaluate(shown)).toBe(1);
    expect(await page.evaluate(`document.querySelector('#figures output').textContent`)).toBe(
      '1 of 16 rows',
    );
    await page.evaluate(fill('#figures input', '', 'input'));
    expect(await page.evaluate(shown)).toBe(16);
  });

  it('lays two cells over each other, with their figures side by side', async () => {
    await page.evaluate(fill('#explore select', 'c0', 'change'));
    await page.evaluate(fill('#explore label:nth-of-type(2) select', 'c5', 'change'));
    const lines = await page.evaluate<string[]>(
      `[...document.querySelector('#explore .u-legend').querySelectorAll('.u-label')].map((one) => one.textContent)`,
    );
    expect(lines.slice(1)).toEqual(['tcp/line-json', 'ws/json']);
    const caption = `document.querySelector('#explore caption').textContent`;
    expect(await page.evaluate(caption)).toBe('A: ✔ VALID tcp/line-json. B: ✔ VALID ws/json.');
  });

  it('can be used by keyboard: the skip link first, and Enter sorts', async () => {
    await page.open(url);
    await page.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.evaluate(`document.querySelector('#figures thead button').focus()`);
    await page.press('Enter');
    const state = `document.querySelector('#figures thead th').ariaSort`;
    expect(await page.evaluate(state)).toBe('ascending');
  });

  it('saves the result as JSON', async () => {
    // What would be written to a file is read from its address instead.
    const saved = await page.evaluate<string>(`new Promise((resolve) => {
      const click = HTMLAnchorElement.prototype.click;
      HTMLAnchorElement.prototype.click = function () {
        HTMLAnchorElement.prototype.click = click;
        resolve(this.download + ' ' + this.protocol);
      };
      document.getElementById('save').click();
    })`);
    expect(saved).toBe('result.json blob:');
  });

  it('is dark where that is preferred, charts and all', async () => {
    const ground = 'getComputedStyle(document.body).backgroundColor';
    const card = `getComputedStyle(document.querySelector('figure.chart rect')).fill`;
    expect(await page.evaluate([ground, card].join(' + '))).toBe(
      'rgb(255, 255, 255)rgb(255, 255, 255)',
    );
    const light = await page.screenshot();
    await page.set({ dark: true });
    expect(await page.evaluate([ground, card].join(' + '))).toBe('rgb(13, 17, 23)rgb(21, 27, 35)');
    expect(await page.screenshot()).not.toBe(light);
    await page.set({ dark: false });
  });

  it.each([1_280, 400])('at a width of %i does not scroll sideways as a whole', async (width) => {
    await page.set({ width });
    const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(over)).toBe(0);
  });

  it('without a script shows everything but what needs one', async () => {
    const bare = await browser.page();
    await bare.set({ script: false });
    await bare.open(url);
    const state = await bare.evaluate<unknown>(`({
      rows: document.querySelectorAll('#figures tbody tr').length,
      charts: document.querySelectorAll('figure.chart svg').length,
      explore: document.getElementById('explore').hidden,
      data: document.getElementById('data').download,
    })`);
    expect(state).toEqual({ rows: 16, charts: 7, explore: true, data: 'result.json.gz' });
    expect(bare.errors).toEqual([]);
  });

  it('prints on white, without what is only for a screen', async () => {
    await page.set({ dark: true, print: true });
    const state = await page.evaluate<unknown>(`({
      ground: getComputedStyle(document.body).backgroundColor,
      explore: getComputedStyle(document.getElementById('explore')).display,
      nav: getComputedStyle(document.querySelector('nav')).display,
    })`);
    expect(state).toEqual({ ground: 'rgb(255, 255, 255)', explore: 'none', nav: 'none' });
  });
});
