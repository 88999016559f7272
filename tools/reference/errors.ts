/** docs/reference/errors.md: exit codes, error codes, verdict reasons. */
import { EXIT_CODES, exitCodeOf } from '../../cli/exit-codes.js';
import { ERROR_CODES, type ErrorCode, LabError } from '../../src/errors.js';
import { page, table, wrapped } from './markdown.js';
import { ERROR_TEXTS } from './texts/errors.js';
import { EXIT_TEXTS } from './texts/exits.js';
import { REASON_TEXTS } from './texts/reasons.js';

const INTRO = `Every error the lab raises on purpose has a stable code, a sentence that names the value and the
option, and a hint. A command says options as its flags:

\`\`\`text
lab: LAB_ERR_BAD_VALUE: -c/--clients '0' is out of range
  hint: allowed: 1 to 100k
\`\`\`

\`--debug\` adds the stack. A program gets a \`LabError\` with \`code\`, \`message\` and \`hint\`, and, where one
option is to blame, its name and what was given for it as \`option\` and \`value\`; its texts name
options as the library does (\`onEnd\`, \`ports.udp\`).`;

const AFTER_EXITS = `Each code below has the exit code of a command that ends with it, whichever that is; \`--alert-exit\` of
\`lab subscribe\` adds one of its own. What signals do: [a run and its files](../design/runs.md#signals).`;

const IN_CELLS =
  'An error inside a cell does not end the run: the cell becomes INVALID, with that code or what came of it as its [reason](#verdict-reasons), the next cell is measured, and the exit code is 4. Those that say so end it when they meet the first cell, as none would fare better, and there is nothing to lose yet. Whatever else ends a run, the cells that were over [are kept](../design/runs.md#while-it-runs). But `lab run` tries every `--target` before the first cell: what it meets there ends it, with 1 or 2. The same codes travel to subscribers as the reason of an [END](../design/protocol.md#end).';

const REASONS = [
  'A cell is INVALID if any of its reasons is, else SUSPECT if it has any, else VALID. INVALID: do not use the figures. SUSPECT: use them only knowing the reason. The rules and thresholds: [methodology](../design/methodology.md#verdicts).',
  'A cell whose process failed has the code of that error without its prefix, as `WORKER_DIED` or `WORKER_TIMEOUT`, and is INVALID: see above.',
];

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

export function errorsPage(): string {
  const exits = Object.entries(EXIT_CODES).map(([name, code]) => [
    String(code),
    EXIT_TEXTS[name] ?? '',
  ]);
  return page(
    'Errors and verdict reasons',
    'src/errors.ts, cli/exit-codes.ts and tools/reference/texts',
    [
      INTRO,
      table(['exit code', 'means'], exits),
      AFTER_EXITS,
      wrapped(IN_CELLS),
      '## Error codes',
      ...CODES.map((code) => `### ${code}\n${wrapped(errorText(code))}`),
      '## Verdict reasons',
      ...REASONS.map(wrapped),
      ...Object.entries(REASON_TEXTS).map(
        ([code, { severity, meaning, next }]) =>
          `### ${code}\n${wrapped(`${severity}. ${meaning} Next: ${next}`)}`,
      ),
    ],
  );
}

/** What is wrong with the texts. */
export function errorsProblems(): string[] {
  return [
    ...CODES.filter((code) => ERROR_TEXTS[code] === undefined).map(
      (code) => `${code} has not a text in tools/reference/texts/errors.ts`,
    ),
    ...Object.keys(ERROR_TEXTS)
      .filter((code) => !(code in ERROR_CODES))
      .map((code) => `${code} has a text, and is not an error code`),
    ...Object.keys(EXIT_CODES)
      .filter((name) => EXIT_TEXTS[name] === undefined)
      .map((name) => `exit code ${name} has not a text in tools/reference/texts/exits.ts`),
  ];
}

function errorText(code: ErrorCode): string {
  const { meaning, next, inCell = false } = ERROR_TEXTS[code] ?? { meaning: '', next: '' };
  const cell = inCell ? `; in a cell of a run ${EXIT_CODES.incomplete}` : '';
  return `${meaning} Do: ${next} Exit code: ${exitCodeOf(new LabError(code, ''))}${cell}.`;
}
