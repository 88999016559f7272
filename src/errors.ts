/**
 * Every error the lab raises on purpose: one class, a stable code, a hint that says what to do.
 * Each code has a heading in docs/reference/errors.md (a test checks).
 */

/**
 * `usage` errors are the caller's to fix and exit 2; `runtime` errors exit 1
 * (cli/exit-codes.ts).
 */
export type ErrorKind = 'usage' | 'runtime';

export const ERROR_CODES = {
  LAB_ERR_USAGE: 'usage',
  LAB_ERR_BAD_VALUE: 'usage',
  LAB_ERR_NO_EFFECT: 'usage',
  LAB_ERR_UNKNOWN_TRANSPORT: 'usage',
  LAB_ERR_UNKNOWN_CODEC: 'usage',
  LAB_ERR_UNKNOWN_SOURCE: 'usage',
  LAB_ERR_UNKNOWN_POLICY: 'usage',
  LAB_ERR_UNKNOWN_LINK: 'usage',
  LAB_ERR_LINK_TRACE: 'usage',
  LAB_ERR_FD_LIMIT: 'usage',
  LAB_ERR_UDP_SENDER: 'usage',
  LAB_ERR_CONGESTION: 'usage',
  LAB_ERR_NATIVE: 'usage',
  LAB_ERR_LINK_UNAVAILABLE: 'usage',
  LAB_ERR_EXPORT_PATH: 'usage',
  LAB_ERR_SOURCE_UNREADABLE: 'usage',
  LAB_ERR_SOURCE_MALFORMED: 'usage',
  LAB_ERR_SOURCE_EMPTY: 'usage',
  LAB_ERR_SOURCE_KEY: 'usage',
  LAB_ERR_RESULT_UNREADABLE: 'usage',
  LAB_ERR_RESULT_INVALID: 'usage',
  LAB_ERR_RESULT_VERSION: 'usage',
  LAB_ERR_RESUME: 'usage',
  LAB_ERR_LINK_UNVERIFIED: 'runtime',
  LAB_ERR_EXPORT_FAILED: 'runtime',
  LAB_ERR_SOURCE_FAILED: 'runtime',
  LAB_ERR_PORT_IN_USE: 'runtime',
  LAB_ERR_LISTEN: 'runtime',
  LAB_ERR_CONNECT: 'runtime',
  LAB_ERR_CONNECT_TIMEOUT: 'runtime',
  LAB_ERR_MAX_CLIENTS: 'runtime',
  LAB_ERR_NOT_INVITED: 'runtime',
  LAB_ERR_MAX_FILTERS: 'runtime',
  LAB_ERR_BAD_REQUEST: 'runtime',
  LAB_ERR_MESSAGE_TOO_LARGE: 'runtime',
  LAB_ERR_MESSAGE_INVALID: 'runtime',
  LAB_ERR_MALFORMED: 'runtime',
  LAB_ERR_PROTOCOL: 'runtime',
  LAB_ERR_LAGGED: 'runtime',
  LAB_ERR_PEER_TIMEOUT: 'runtime',
  LAB_ERR_CONGESTED: 'runtime',
  LAB_ERR_CLOSED: 'runtime',
  LAB_ERR_WORKER_DIED: 'runtime',
  LAB_ERR_WORKER_TIMEOUT: 'runtime',
  LAB_ERR_INTERNAL: 'runtime',
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface LabErrorOptions {
  /** What the reader should do next, one sentence, a command where there is one. */
  readonly hint?: string;
  /** The option that is wrong, as a program spells it: `onEnd`, `ports.udp`. */
  readonly option?: string;
  /** What was given for it, as text. */
  readonly value?: string;
  readonly cause?: unknown;
}

/**
 * An error with a stable `code`, a sentence for people that names the value and the option, and a
 * `hint`. A message begins with the name of its `option`, where there is one and its value is
 * wrong; elsewhere options stand between backticks (`` `rate` ``, `` `onEnd: 'hold'` ``), so that
 * a command line can say them as flags.
 */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly option: string | undefined;
  readonly value: string | undefined;

  constructor(code: ErrorCode, message: string, options: LabErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.option = options.option;
    this.value = options.value;
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code];
  }

  /** A plain object that survives a trip between processes. */
  toJSON(): SerializedLabError {
    const { code, message, hint, option, value } = this;
    return {
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(option === undefined ? {} : { option }),
      ...(value === undefined ? {} : { value }),
    };
  }

  static fromJSON({ code, message, ...options }: SerializedLabError): LabError {
    return new LabError(code, message, options);
  }

  /** Wraps anything thrown; a LabError passes through unchanged. */
  static from(error: unknown, code: ErrorCode = 'LAB_ERR_INTERNAL'): LabError {
    if (error instanceof LabError) return error;
    if (isOutOfFiles(error))
      return new LabError('LAB_ERR_FD_LIMIT', error.message, { cause: error, hint: FILES_HINT });
    const message = error instanceof Error ? error.message : String(error);
    return new LabError(code, message, { cause: error });
  }
}

const FILES_HINT =
  'more files and sockets are needed than this process may have open: raise the limit with ulimit -n 1024 or more';

const REFUSED_HINT =
  'this machine refuses the call: look for a filter of system calls (seccomp, in containers), or a firewall on it';

/**
 * `hint`, unless what failed did so because no more files may be open: then how to get more; or
 * because the system lets nobody do it.
 */
export function hintBeside(error: unknown, hint: string): string {
  if (isOutOfFiles(error)) return FILES_HINT;
  return isRefusedCall(error) ? REFUSED_HINT : hint;
}

/** Not EACCES, which is about the rights of a file or port. */
function isRefusedCall(error: unknown): boolean {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return false;
  return error.code === 'EPERM' || error.code === 'ENOSYS';
}

/** Of this process (EMFILE), or of the whole system (ENFILE). */
function isOutOfFiles(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'EMFILE' || error.code === 'ENFILE';
}

/**
 * The message of an error as it stands within another text: with its option between backticks, as
 * options are elsewhere.
 */
export function quotedMessage({
  message,
  option,
}: {
  readonly message: string;
  readonly option?: string | undefined;
}): string {
  if (option === undefined || !beginsWith(message, option)) return message;
  return `\`${option}\`${message.slice(option.length)}`;
}

/** Whether a message begins with the name of this option, and not with a longer word. */
export function beginsWith(message: string, option: string): boolean {
  return message.startsWith(option) && !/^[\w.-]/.test(message.slice(option.length));
}

export interface SerializedLabError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly option?: string;
  readonly value?: string;
}

const MAX_SHOWN = 60;

/** A value of any type as an error message shows it: on one line, never long, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.length} items]`;
  return Object.keys(value).length === 0
    ? '{}'
    : `{${Object.keys(value).slice(0, 3).join(', ')}}`.slice(0, MAX_SHOWN);
}
