/** Who may see a live page: browsers that were told its address on this machine. Pure. */
import type { IncomingHttpHeaders } from 'node:http';

/** Names that no DNS server of a stranger answers for. */
const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Why a request is refused; undefined when it is not. A page of a stranger whose name was made to
 * mean this machine (DNS rebinding) sends its own name as `Host`; a page of any other origin that
 * asks for the events says so by `Sec-Fetch-Site`.
 */
export function refusal(
  headers: IncomingHttpHeaders,
  port: number,
  forEvents: boolean,
): string | undefined {
  const host = headers.host?.toLowerCase() ?? '';
  if (!NAMES.some((name) => host === `${name}:${port}` || (port === 80 && host === name)))
    return 'this page is for 127.0.0.1 and localhost only';
  const site = headers['sec-fetch-site'] ?? 'same-origin';
  if (forEvents && site !== 'same-origin' && site !== 'none')
    return 'these events are for the page of the lab only';
  return undefined;
}
