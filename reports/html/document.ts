/** The frame of every HTML page of the lab: one file, no request, a strict content policy. */
import { PAGE_STYLE, PAGE_STYLE_HASH } from './page-assets.js';
import { escapeHtml, jsonForScript } from './view/escape.js';
import type { PageModel } from './view/model.js';

export interface PageScript {
  readonly text: string;
  /** `sha256-…` of the text. */
  readonly hash: string;
}

export interface PageSection {
  /** What a link in the page leads to. */
  readonly id: string;
  readonly title: string;
  /** HTML: what stands in it has been escaped. */
  readonly html: string;
  /** Shown by the script alone. */
  readonly hidden?: true;
}

export interface PageParts {
  readonly title: string;
  /** Beside the title: when, how much, by which lab. */
  readonly facts: readonly string[];
  /** HTML of what comes before all sections: warnings, and the answer. */
  readonly top: string;
  readonly sections: readonly PageSection[];
  readonly script: PageScript;
  /** Null of a page whose script gets its model elsewhere. */
  readonly model: PageModel | null;
  /** What the page may fetch: `'self'` of a live one; by default nothing. */
  readonly connect?: string;
  /** Hashes of scripts that run in pages which it opens itself. */
  readonly alsoRuns?: readonly string[];
}

export function pageDocument(page: PageParts): string {
  const { title, facts, top, sections, script, model } = page;
  const filled = sections.filter(({ html }) => html !== '');
  return `${[
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy(page)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${PAGE_STYLE}</style>`,
    '</head>',
    '<body>',
    '<a class="skip" href="#content">Skip to the content</a>',
    '<header>',
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="facts">${facts.map(escapeHtml).join(' · ')}</p>`,
    '</header>',
    navigation(filled.filter(({ hidden }) => hidden !== true)),
    '<main id="content">',
    top,
    ...filled.map(sectionHtml),
    '</main>',
    ...(model === null
      ? []
      : [`<script type="application/json" id="model">${jsonForScript(model)}</script>`]),
    `<script>${script.text}</script>`,
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

/** Nothing is loaded, sent or framed, and no other script or style runs. */
function policy({ script, connect, alsoRuns = [] }: PageParts): string {
  const scripts = [script.hash, ...alsoRuns].map((hash) => `'${hash}'`);
  return [
    "default-src 'none'",
    `script-src ${scripts.join(' ')}`,
    `style-src '${PAGE_STYLE_HASH}'`,
    ...(connect === undefined ? [] : [`connect-src ${connect}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** Of a page whose sections are all to come there is none. */
function navigation(sections: readonly PageSection[]): string {
  if (sections.length === 0) return '';
  return `<nav aria-label="Sections"><ul>${sections.map(link).join('')}</ul></nav>`;
}

function link({ id, title }: PageSection): string {
  return `<li><a href="#${id}">${escapeHtml(title)}</a></li>`;
}

function sectionHtml({ id, title, html, hidden }: PageSection): string {
  const hide = hidden === true ? ' hidden' : '';
  return `<section id="${id}" aria-labelledby="${id}-h"${hide}>\n<h2 id="${id}-h">${escapeHtml(title)}</h2>\n${html}\n</section>`;
}
