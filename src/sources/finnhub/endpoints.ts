import { LabError } from '../../errors.js';

const REST_BASE = 'https://finnhub.io';
const STREAM_BASE = 'wss://ws.finnhub.io';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Where Finnhub is. */
export interface Endpoints {
  /** The address of a symbol's quote. It holds no key. */
  quote(symbol: string): string;
  /**
   * The address of the stream. **It holds the key**: make it where it is used, and show it nowhere.
   */
  stream(key: string): string;
}

/**
 * The endpoints of the service, or of another one that speaks like it at `base`:
 * `{base}/api/v1/quote`, and for the stream the same host and path by `ws:` for `http:` and `wss:`
 * for `https:`.
 * @throws LAB_ERR_BAD_VALUE: no such URL, or one that would send the key over a network in clear
 */
export function endpointsAt(base: string | undefined): Endpoints {
  if (base === undefined) return endpoints(REST_BASE, STREAM_BASE);
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw refused(base, 'is not an http or https URL');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refused(undefined, 'has more than host, port and path');
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw refused(base, 'would send the API key unencrypted: http is for this machine only');
  }
  const rest = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return endpoints(rest, rest.replace(/^http/, 'ws'));
}

function endpoints(rest: string, stream: string): Endpoints {
  return {
    quote: (symbol) => `${rest}/api/v1/quote?symbol=${encodeURIComponent(symbol)}`,
    stream: (key) => `${stream}/?token=${encodeURIComponent(key)}`,
  };
}

/** `base` is not quoted when it may hold a secret. */
function refused(base: string | undefined, problem: string): LabError {
  const shown = base === undefined ? '' : ` ${JSON.stringify(base.slice(0, 80))}`;
  return new LabError('LAB_ERR_BAD_VALUE', `finnhub: the URL${shown} ${problem}`, {
    hint: `leave it out for ${REST_BASE}, or write it like https://host/path or http://127.0.0.1:8080`,
  });
}
