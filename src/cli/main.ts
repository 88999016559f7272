/** The command line from arguments to exit code. */
import { CommanderError } from 'commander';
import { LabError } from '../errors.js';
import { complain, Exit, guardStreams } from './output.js';
import { buildProgram } from './program.js';
import { nearest } from './suggest.js';

const OK = 0;
const RUNTIME = 1;
const USAGE = 2;

/**
 * Runs the lab. `argv` is what follows the program's name.
 * @returns 0 ok · 1 failed · 2 usage or configuration · 4 incomplete or an INVALID cell · 99 a threshold broke · 130 interrupted
 */
export async function main(argv: readonly string[]): Promise<number> {
  guardStreams();
  let code = OK;
  try {
    const program = await buildProgram(argv, (finished) => {
      code = finished;
    });
    checkHelpTopic(
      argv,
      program.commands.map((command) => command.name()),
    );
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (error instanceof CommanderError && error.exitCode === OK) return OK;
    // Commander has printed the whole help to stderr: there was no command at all.
    if (error instanceof CommanderError && error.code === 'commander.help') return USAGE;
    const shown = error instanceof CommanderError ? usageError(error, argv) : LabError.from(error);
    complain(explained(shown), argv.includes('--debug'));
    return shown.kind === 'usage' ? USAGE : RUNTIME;
  }
}

/** Commander answers `help nonsense` with the general help, as if nothing were wrong. */
function checkHelpTopic([first, topic]: readonly string[], commands: readonly string[]): void {
  if (first !== 'help' || topic === undefined || topic.startsWith('-') || commands.includes(topic)) return;
  const guess = nearest(topic, commands);
  const hint = guess === undefined ? `commands: ${commands.join(', ')}` : `did you mean lab help ${guess}?`;
  throw new LabError('LAB_ERR_USAGE', `unknown command '${topic}'`, { hint });
}

/** Commander's message in our form; what it suggests becomes the hint. */
function usageError(error: CommanderError, argv: readonly string[]): LabError {
  const [, message = error.message, guess] =
    /^(?:error: )?(.*?)(?:\n\(Did you mean (.*)\?\))?$/s.exec(error.message) ?? [];
  const command = argv.find((word) => !word.startsWith('-'));
  const known = error.code !== 'commander.unknownCommand' && command !== undefined;
  const hint = guess === undefined ? `see lab ${known ? `${command} ` : ''}--help` : `did you mean ${guess}?`;
  return new LabError('LAB_ERR_USAGE', message.replace(/\.$/, ''), { hint, cause: error });
}

function explained(error: LabError): LabError {
  if (error.code !== 'LAB_ERR_INTERNAL' || error.hint !== undefined) return error;
  const hint = 'this is a bug in the lab; run it again with --debug and report what it prints';
  return new LabError(error.code, error.message, { hint, cause: error.cause ?? error });
}
