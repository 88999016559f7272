/** Reading shell text of the documentation. */

/**
 * Argument lists of the `lab …` commands in shell text: pipelines taken apart, comments and
 * redirections left out.
 */
export function labCommands(shell: string): string[][] {
  const joined = shell.replaceAll(/\\\n\s*/g, ' ');
  return joined.split('\n').flatMap((line) => {
    const commands: string[][] = [[]];
    for (const [token] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"|&;<>])+|[|&;<>]+/g)) {
      if (token.startsWith('#')) break;
      if (/^[|&;<>]/.test(token)) commands.push([]);
      else commands.at(-1)!.push(token.replaceAll(/['"]/g, ''));
    }
    return commands
      .map(withoutPrompt)
      .filter(([program]) => program === 'lab')
      .map((words) => words.slice(1));
  });
}

/** `$ lab`, `npx lab` and `node bin/lab.js` are the same program. */
function withoutPrompt(words: readonly string[]): string[] {
  const start = words[0] === '$' || words[0] === 'npx' ? 1 : 0;
  const [first, second] = words.slice(start);
  return first === 'node' && second === 'bin/lab.js'
    ? ['lab', ...words.slice(start + 2)]
    : words.slice(start);
}
