/** The command line from arguments to exit code. */
import { CommanderError } from 'commander';
import { LabError } from '../src/errors.js';
import { nearest } from '../src/options/suggest.js';
import { checkArguments } from './args/raw-arguments.js';
import { EXIT_CODES, exitCodeOf } from './exit-codes.js';
import { complain, Exit, guardStreams } from './output.js';
import { buildProgram } from './program.js';
import { honourNohup } from './signals.js';

/**
 * Runs the lab. `argv` is what follows the program's name.
 * @returns one of `EXIT_CODES`, or what `lab subscribe --alert-exit` asks for
 */
export async function main(argv: readonly string[]): Promise<number> {
  guardStreams();
  honourNohup();
  let code: number = EXIT_CODES.ok;
  try {
    checkArguments(argv);
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
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.ok;
    // Commander has printed the whole help to stderr: there was no command at all.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_CODES.usage;
    const shown = error instanceof CommanderError ? usageError(error, argv) : LabError.from(error);
    complain(await worded(explained(shown)), argv.includes('--debug'));
    return exitCodeOf(shown);
  }
}

/**
 * With the flags of a command line. What cannot be loaded must not keep an error from being told.
 */
async function worded(error: LabError): Promise<LabError> {
  try {
    const { inFlags } = await import('./args/flag-words.js');
    return inFlags(error);
  } catch {
    return error;
  }
}

/** Commander answers `help nonsense` with the general help, as if nothing were wrong. */
function checkHelpTopic([first, topic]: readonly string[], commands: readonly string[]): void {
  if (first !== 'help' || topic === undefined || topic.startsWith('-') || commands.includes(topic))
    return;
  const guess = nearest(topic, commands);
  const hint =
    guess === undefined ? `commands: ${commands.join(', ')}` : `did you mean lab help ${guess}?`;
  throw new LabError('LAB_ERR_USAGE', `unknown command '${topic}'`, { hint });
}

/** Commander's message in our form; what it suggests becomes the hint. */
function usageError(error: CommanderError, argv: readonly string[]): LabError {
  const [, message = error.message, guess] =
    /^(?:error: )?(.*?)(?:\n\(Did you mean (.*)\?\))?$/s.exec(error.message) ?? [];
  const command = argv.find((word) => !word.startsWith('-'));
  const known = error.code !== 'commander.unknownCommand' && command !== undefined;
  const hint =
    guess === undefined ? `see lab ${known ? `${command} ` : ''}--help` : `did you mean ${guess}?`;
  return new LabError('LAB_ERR_USAGE', message.replace(/\.$/, ''), { hint, cause: error });
}

function explained(error: LabError): LabError {
  if (error.code !== 'LAB_ERR_INTERNAL' || error.hint !== undefined) return error;
  const hint = 'this is a bug in the lab; run it again with --debug and report what it prints';
  return new LabError(error.code, error.message, { hint, cause: error.cause ?? error });
}
