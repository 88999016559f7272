/** The page that shows something while it runs; `page/live.ts` fills it by events. */
import { type PageSection, pageDocument } from './document.js';
import { LIVE_SCRIPT, LIVE_SCRIPT_HASH, REPORT_SCRIPT_HASH } from './page-assets.js';
import { escapeHtml } from './view/escape.js';

/** The id of the part that says what is going on. */
export const STATUS_ID = 'status';

export interface LiveSection {
  /** That of the events that fill it. */
  readonly id: string;
  readonly title: string;
}

/** Pure: the page is empty until its events come. */
export function livePage(
  title: string,
  facts: readonly string[],
  sections: readonly LiveSection[],
): string {
  return pageDocument({
    title,
    facts,
    top: [
      `<div id="${STATUS_ID}" class="answer">`,
      '<p><strong id="state">connecting</strong> <span id="doing"></span></p>',
      '<dl id="tiles" class="tiles"></dl>',
      '</div>',
      '<p id="connection" role="status"></p>',
      '<div id="end" class="answer" role="status" hidden></div>',
      '<noscript><p class="warning">This page needs its script. The report of the run does not.</p></noscript>',
    ].join('\n'),
    sections: sections.map(sectionOf),
    script: { text: LIVE_SCRIPT, hash: LIVE_SCRIPT_HASH },
    model: null,
    connect: "'self'",
    // The report that it opens at the end is held to this policy too.
    alsoRuns: [REPORT_SCRIPT_HASH],
  });
}

function sectionOf({ id, title }: LiveSection): PageSection {
  const html = `<div id="${id}" class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(title)}"></div>`;
  return { id: `${id}-section`, title, html, hidden: true };
}
