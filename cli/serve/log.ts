/** What `lab serve` logs on stderr: JSON lines for a collector, plain lines for a terminal. */
import { pino } from 'pino';
import { visibleJson, visibleLine } from '../../reports/visible-text.js';
import type { ServerLog } from '../../src/serve/log.js';
import { flagWords } from '../args/flag-words.js';

/** What may stand behind one of these names in a message is nobody's business. */
const SECRET =
  /\b((?:access_?)?token|api_?key|secret|passw(?:or)?d)(\\?["']?\s*[=:]\s*\\?["']?)[^\s"'&,}\\]+/gi;

/** `level` is one of `LOG_LEVELS`. `write` gets whole lines. */
export function createLog(
  level: string,
  terminal: boolean,
  write: (line: string) => void,
): ServerLog {
  const stream = {
    write: (json: string): void =>
      write(flagWords(terminal ? plainLine(json) : visibleJson(json)).replace(SECRET, '$1$2***')),
  };
  const formatters = { level: (label: string): object => ({ level: label }) };
  return pino({ level, formatters, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

/** `12:00:00.123 warn sends failed transport=tcp messages=5` */
function plainLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const clock = String(time).slice(11, 23);
  const text = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  return `${visibleLine([clock, level, msg, ...text].join(' '))}\n`;
}
