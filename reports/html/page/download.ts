/** The result, as a file: it is in the page already. */
import { byId, make } from './elements.js';

/**
 * The link holds the JSON compressed, and works without a script. With one, a button beside it
 * gives the JSON itself.
 */
export function offerDownload(): void {
  const link = byId('data') as HTMLAnchorElement;
  if (typeof DecompressionStream === 'undefined') return;
  const button = make('button', { type: 'button', id: 'save' }, 'Save as JSON');
  // It stays for as long as the page does, so that it can be pressed again.
  let url: string | undefined;
  button.addEventListener('click', async () => {
    url ??= URL.createObjectURL(await jsonOf(link.href));
    make('a', { href: url, download: link.download.replace(/\.gz$/, '') }).click();
  });
  link.before(button, ' ');
}

async function jsonOf(dataUrl: string): Promise<Blob> {
  const base64 = dataUrl.slice(dataUrl.indexOf(',') + 1);
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const text = await new Response(plain).text();
  return new Blob([text], { type: 'application/json' });
}
