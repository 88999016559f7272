import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderHtmlComparison } from '../../../reports/html/comparison/report.js';
import { Browser, CHROMIUM, NO_CHROMIUM } from '../../support/browser/chromium.js';
import { compareRuns } from '../../support/result/compared.js';
import { spread } from '../../support/result/repeated.js';

describe.skipIf(CHROMIUM === undefined)(
  `the page of a comparison in Chromium (${CHROMIUM ?? NO_CHROMIUM})`,
  () => {
    it('has no error, sorts what became worse to the top, and filters', async () => {
      const comparison = compareRuns(
        spread(1_000, 2, 8).map((p50) => ({ p50 })),
        spread(1_200, 2, 8).map((p50) => ({ p50 })),
      );
      const folder = await mkdtemp(join(tmpdir(), 'lab-page-'));
      const browser = await Browser.start();
      try {
        const file = join(folder, 'compared.html');
        await writeFile(file, renderHtmlComparison(comparison));
        const page = await browser.page();
        await page.open(pathToFileURL(file).href);
        await page.evaluate(`document.querySelectorAll('#figures thead button')[1].click()`);
        const first = await page.evaluate(
          `[...document.querySelector('#figures tbody tr').cells].slice(0, 2).map((one) => one.innerText)`,
        );
        expect(first).toEqual(['latency p50', '▼ worse']);
        await page.evaluate(`{ const field = document.querySelector('#figures input');
          field.value = 'equivalent'; field.dispatchEvent(new Event('input')); }`);
        expect(
          await page.evaluate(`[...document.querySelectorAll('#figures tbody tr:not([hidden])')]
            .every((row) => row.innerText.includes('= equivalent'))`),
        ).toBe(true);
        expect(page.errors).toEqual([]);
      } finally {
        await browser.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);
