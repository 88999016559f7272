import { LabError } from '../../errors.js';
import { checkRequest, type SubscribeOptions } from '../request.js';
import { REQUEST_IN_MESSAGE } from './handshake.js';

/** Where a client says what it wants: in the URL, in its first message, or, if that comes in time, there. */
export type RequestPlace = { readonly options: () => SubscribeOptions } | 'message' | 'message or silence';

/**
 * Reads the query of a request's target: `/?codec=msgpack&keys=AAPL,MSFT&policy=disconnect&from=1`, the members of the JSON
 * request, keys parted by commas. The path means nothing.
 */
export function requestPlace(target: string): RequestPlace {
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark + 1);
  if (query === '') return 'message or silence';
  if (query === REQUEST_IN_MESSAGE) return 'message';
  return { options: () => requestOf(new URLSearchParams(query)) };
}

/** @throws LAB_ERR_BAD_REQUEST naming what is wrong */
function requestOf(query: URLSearchParams): SubscribeOptions {
  const members = new Map<string, unknown>();
  for (const [name, text] of query) {
    if (members.has(name)) {
      throw new LabError('LAB_ERR_BAD_REQUEST', `the query names '${name.slice(0, 64)}' twice`, {
        hint: 'part keys by commas: keys=AAPL,MSFT',
      });
    }
    members.set(name, memberOf(name, text));
  }
  return checkRequest(Object.fromEntries(members));
}

function memberOf(name: string, text: string): unknown {
  if (name === 'keys') return text === '' ? [] : text.split(',');
  // What is no plain number stays text, and is refused as such.
  if (name === 'from' && /^\d{1,16}$/.test(text)) return Number(text);
  return text;
}
