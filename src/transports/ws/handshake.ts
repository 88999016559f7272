import { createHash } from 'node:crypto';
import { LabError } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import { authorityOf, withoutZone } from '../endpoint.js';

/**
 * Tells the server, in the query of the URL, that the request comes as the first message: then
 * there is no race with its grace period.
 */
export const REQUEST_IN_MESSAGE = 'request=message';
/** The head of an answer longer than this is none. */
export const MAX_RESPONSE_HEAD = 16 * 1024;
/** What is shown of the words beside a status. */
const MAX_SHOWN_WORDS = 100;
const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: ([^\r\n]*))?$/;
/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The client's opening handshake (RFC 6455 §4.1). `key`: 16 random bytes in base64. */
export function upgradeRequest(endpoint: Endpoint, key: string): string {
  return [
    `GET /?${REQUEST_IN_MESSAGE} HTTP/1.1`,
    `Host: ${authorityOf(withoutZone(endpoint))}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Key: ${key}`,
    'Sec-WebSocket-Version: 13',
    HEAD_END,
  ]
    .join('\r\n')
    .slice(0, -2);
}

/** What the server must answer to `key` (§4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/**
 * Reads the answer in `bytes[start, end)` and returns the offset after its head, or −1 while that
 * is incomplete.
 * @throws LAB_ERR_CONNECT when the server refuses, LAB_ERR_PROTOCOL when it is not a WebSocket
 * server
 */
export function endOfUpgrade(
  bytes: Buffer,
  start: number,
  end: number,
  key: string,
  endpoint: Endpoint,
): number {
  const text = bytes.toString('latin1', start, Math.min(end, start + MAX_RESPONSE_HEAD));
  if (!text.startsWith('HTTP/'.slice(0, text.length)))
    throw strange(endpoint, 'its answer is not HTTP');
  const length = text.indexOf(HEAD_END);
  if (length < 0) {
    if (end - start < MAX_RESPONSE_HEAD) return -1;
    throw strange(endpoint, `the head of its answer is longer than ${MAX_RESPONSE_HEAD} bytes`);
  }
  const [first = '', ...lines] = text.slice(0, length).split('\r\n');
  const [, status, words = ''] = STATUS_LINE.exec(first) ?? [];
  if (status === undefined) throw strange(endpoint, 'its answer is not HTTP/1.1');
  if (status !== '101') {
    throw new LabError(
      'LAB_ERR_CONNECT',
      `${authorityOf(endpoint)} answered ${`${status} ${words.slice(0, MAX_SHOWN_WORDS)}`.trim()}: no WebSocket`,
      {
        hint: 'is this a lab server of transport ws, and does it take this origin?',
      },
    );
  }
  const headers = new Map(lines.map((line) => headerOf(line)));
  if (headers.get('sec-websocket-accept') !== acceptFor(key))
    throw strange(endpoint, 'it does not know our key');
  if (headers.has('sec-websocket-extensions'))
    throw strange(endpoint, 'it uses an extension nobody asked for');
  return start + length + HEAD_END.length;
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function strange(endpoint: Endpoint, why: string): LabError {
  return new LabError(
    'LAB_ERR_PROTOCOL',
    `${authorityOf(endpoint)} is not a WebSocket server: ${why}`,
    {
      hint: 'is this the port of a lab server of transport ws?',
    },
  );
}
