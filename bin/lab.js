#!/usr/bin/env node
// Plain JavaScript that any Node with ES modules can read, so that an old one gets a sentence and not a syntax error.
import { existsSync } from 'node:fs';

const OLDEST = [20, 19];
const main = new URL('../dist/cli/main.js', import.meta.url);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  refuse(
    `Node ${process.versions.node} is too old: ${OLDEST.join('.')} or newer is needed`,
    'get it at https://nodejs.org/',
  );
} else if (!existsSync(main)) {
  refuse('the lab is not built yet', 'run: npm ci && npm run build');
} else {
  import(main.href)
    .then((lab) => lab.main(process.argv.slice(2)))
    .then((code) => process.exit(code));
}

function refuse(message, hint) {
  process.stderr.write(`lab: LAB_ERR_USAGE: ${message}\n  hint: ${hint}\n`);
  process.exitCode = 1;
}
