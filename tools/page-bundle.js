/**
 * Makes `reports/html/page-assets.ts`: the script and style of the HTML pages as strings, with the
 * hashes of their content security policy. The first step of `npm run build`, before anything is
 * compiled, so it is JavaScript. The same sources and the same rolldown give the same bytes.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

const PAGE = 'reports/html/page';
/** One script a page, by the name that it is exported under. */
const SCRIPTS = { REPORT_SCRIPT: `${PAGE}/report.ts`, LIVE_SCRIPT: `${PAGE}/live.ts` };
const STYLES = ['node_modules/uplot/dist/uPlot.min.css', `${PAGE}/style.css`, `${PAGE}/live.css`];
/** The licence of uPlot asks to stand in every copy. */
const NOTICE = `/* uPlot\n${readFileSync('node_modules/uplot/LICENSE', 'utf8').trim()}\n*/\n`;

async function scriptOf(input) {
  const bundle = await rolldown({ input, logLevel: 'warn', tsconfig: 'tsconfig.page.json' });
  const { output } = await bundle.generate({
    format: 'iife',
    minify: true,
    comments: { legal: false },
  });
  await bundle.close();
  if (output.length !== 1) throw new Error(`${input} makes ${output.length} files instead of one`);
  const { code } = output[0];
  if (/<\/script|<!--/i.test(code)) throw new Error(`${input} would end the element it stands in`);
  return `${NOTICE}${code.trim()}\n`;
}

function style() {
  const css = STYLES.map((file) => readFileSync(file, 'utf8')).join('\n');
  const short = css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s*\n\s*/g, '\n');
  return `${short.trim()}\n`;
}

function constant(name, text) {
  const hash = createHash('sha256').update(text, 'utf8').digest('base64');
  return [
    `export const ${name}: string = ${JSON.stringify(text)};`,
    `export const ${name}_HASH: string = 'sha256-${hash}';`,
  ].join('\n');
}

const assets = [constant('PAGE_STYLE', style())];
for (const [name, input] of Object.entries(SCRIPTS)) {
  assets.push(constant(name, await scriptOf(input)));
}
const header = '/** Made by tools/page-bundle.js in `npm run build`; not kept in git. */';
writeFileSync('reports/html/page-assets.ts', `${header}\n${assets.join('\n')}\n`);
