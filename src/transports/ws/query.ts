import { LabError } from '../../errors.js';
import { checkRequest, type SubscribeOptions } from '../request.js';
import { REQUEST_IN_MESSAGE } from './handshake.js';

/**
 * Where a client says what it wants: in the URL, in its first message, or, if that comes in time,
 * there.
 */
export type RequestPlace =
  | { readonly options: () => SubscribeOptions }
  | 'message'
  | 'message or silence';

/**
 * Reads the query of a request's target: `/?codec=msgpack&keys=AAPL,MSFT&policy=disconnect&from=1`,
 * the members of the JSON request, keys parted by commas; a comma in a key is `%2C`. The path means
 * nothing.
 */
export function requestPlace(target: string): RequestPlace {
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark + 1);
  if (query === '') return 'message or silence';
  if (query === REQUEST_IN_MESSAGE) return 'message';
  return { options: () => requestOf(query) };
}

/**
 * By hand: URLSearchParams would decode the commas in keys before the list can be split. @throws
 * LAB_ERR_BAD_REQUEST
 */
function requestOf(query: string): SubscribeOptions {
  const members = new Map<string, unknown>();
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decoded(equals < 0 ? part : part.slice(0, equals));
    if (members.has(name)) {
      throw refused(`names '${name.slice(0, 64)}' twice`, 'part keys by commas: keys=AAPL,MSFT');
    }
    members.set(name, memberOf(name, equals < 0 ? '' : part.slice(equals + 1)));
  }
  return checkRequest(Object.fromEntries(members));
}

function memberOf(name: string, encoded: string): unknown {
  if (name === 'keys') return encoded === '' ? [] : encoded.split(',').map(decoded);
  const text = decoded(encoded);
  // What is not a plain number stays text, and is refused as such.
  if (name === 'from' && /^\d{1,16}$/.test(text)) return Number(text);
  return text;
}

/**
 * `%2C` and the like, and `+` for a blank, as forms and URLSearchParams write it. What Node hands
 * on byte for byte, because it was not encoded, is UTF-8 as well.
 * @throws LAB_ERR_BAD_REQUEST rather than to make another key of it
 */
function decoded(text: string): string {
  const raw = /[^\x20-\x7e]/.test(text) ? rawText(text) : text;
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    throw refused('has a % that encodes nothing', 'write a percent sign as %25, and text as UTF-8');
  }
}

function rawText(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(text, 'latin1'),
    );
  } catch {
    throw refused('is not UTF-8', 'percent-encode what is not ASCII, as encodeURIComponent does');
  }
}

function refused(problem: string, hint: string): LabError {
  return new LabError('LAB_ERR_BAD_REQUEST', `the query ${problem}`, { hint });
}
