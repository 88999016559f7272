/** Text from a result, fit for HTML: it can neither end its element nor hide what is beside it. */
import { replaceHidden } from '../../visible-text.js';

/** For the text of an element and for an attribute in double quotes. */
export function escapeHtml(text: string): string {
  return replaceHidden(text, (char) => (char === '\n' ? char : '\ufffd'))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A sentence in which commands stand between back-ticks. */
export function sentenceHtml(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

/**
 * JSON for a `<script>` that holds data: no character of it can end the element (`</script`,
 * `<!--`) or a line of JavaScript (U+2028, U+2029). `JSON.parse` gives the same value.
 */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
