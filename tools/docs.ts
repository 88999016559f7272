/** `npm run docs`: writes the pages of docs/reference from schema, errors, flags and options. */
import { writeFileSync } from 'node:fs';
import { referencePages, referenceProblems } from './reference/pages.js';

for (const [path, text] of await referencePages()) {
  writeFileSync(path, text);
  process.stdout.write(`${path}\n`);
}
const problems = await referenceProblems();
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
