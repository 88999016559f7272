import type { End } from '../core/message.js';
import { ERROR_CODES, type ErrorCode, hintBeside, LabError } from '../errors.js';
import { authorityOf } from './endpoint.js';

/**
 * UTF-16 units of an END's reason and message: what it quotes may come from the other end and be of
 * any length.
 */
const MAX_END_MESSAGE = 1_000;
const MAX_END_REASON = 64;

/**
 * What an END means to its subscriber: nothing to report after an orderly end, else the error the
 * server named.
 */
export function errorOfEnd(end: Pick<End, 'reason' | 'message'>): LabError | undefined {
  if (end.reason === 'closed') return undefined;
  const known = Object.hasOwn(ERROR_CODES, end.reason);
  const words =
    end.message ?? `the server ended the subscription: ${cut(end.reason, MAX_END_REASON)}`;
  return new LabError(
    known ? (end.reason as ErrorCode) : 'LAB_ERR_PROTOCOL',
    // What a stranger says is shown on terminals: no control characters.
    cut(words, MAX_END_MESSAGE).replace(/\p{Cc}/gu, ' '),
  );
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/**
 * The END that a server wrote as a JSON line because it did not agree on a codec. Undefined when
 * the bytes are no such line.
 */
export function endInLine(bytes: Buffer, start: number, end: number): End | undefined {
  const newline = bytes.subarray(start, end).indexOf('\n');
  if (newline < 0) return undefined;
  try {
    const item: unknown = JSON.parse(bytes.toString('utf8', start, start + newline));
    return isEnd(item) ? item : undefined;
  } catch {
    return undefined;
  }
}

function isEnd(item: unknown): item is End {
  if (typeof item !== 'object' || item === null) return false;
  const { control, reason, message } = item as Readonly<Record<string, unknown>>;
  if (control !== 'end' || typeof reason !== 'string') return false;
  return message === undefined || typeof message === 'string';
}

/**
 * The END that tells a client why it was refused or cut. Every codec can carry it, whatever the
 * error quotes.
 */
export function endFor(error: LabError): End {
  const hint = error.hint === undefined ? '' : ` (${error.hint})`;
  const text = cut(error.message + hint, MAX_END_MESSAGE);
  // Half of a surrogate pair, from the client's JSON or from the cut, is not text.
  return { control: 'end', reason: error.code, message: text.replace(/\p{Surrogate}/gu, '\ufffd') };
}

/** Maps a failure to bind to the lab's codes. */
export function listenError(cause: NodeJS.ErrnoException, host: string, port: number): LabError {
  if (cause.code === 'EADDRINUSE') {
    return new LabError('LAB_ERR_PORT_IN_USE', `port ${port} on ${host} is in use (\`port\`)`, {
      option: 'port',
      value: String(port),
      cause,
      hint: 'stop what uses it, choose another `port`, or 0 for any free one',
    });
  }
  return new LabError(
    'LAB_ERR_LISTEN',
    `cannot listen on ${authorityOf({ host, port })}: ${cause.message}`,
    {
      cause,
      hint: isLinkLocal(host)
        ? `the address of a link needs its interface: \`host: '${host}%eth0'\``
        : hintBeside(cause, 'check `host` and `port`; ports below 1024 need privileges'),
    },
  );
}

/** Without the zone that it needs. */
function isLinkLocal(host: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(host) && !host.includes('%');
}
