/** Members of a structured log line. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Where a server writes what happens to it; a `pino` logger is one. Must not throw. */
export interface ServerLog {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const ignore = (): void => {};

/** What a server does without a log. */
export const SILENT: ServerLog = { debug: ignore, info: ignore, warn: ignore, error: ignore };
