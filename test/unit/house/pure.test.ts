import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesIn, importsOf } from '../../../tools/house.js';

/** The tests of the project `fast` of vitest.config.ts. */
const FAST = ['test/unit', 'test/property', 'test/docs'];

/** Modules that reach out of the process. Their types do not. */
const MODULES =
  /^\s*import\s+(?!type\b)[^'"`;]*?from\s*'(node:(?:child_process|cluster|dgram|dns|http2?|https|net|tls|worker_threads))'/gm;

/**
 * Calls that wait for the real clock or read it, start a program or measure the machine. A method
 * of such a name, with its parameters, is none.
 */
const CALLS = [
  /(?<![\w.#])(?:setTimeout|setInterval|fetch)\s*\((?!\w+: )/g,
  /\b(?:Date|performance)\.now\s*\(|\bnew Date\(\)/g,
  /\bprocess\.(?:hrtime|cpuUsage|uptime)\b/g,
  /\b(?:systemClock|createAnchor|runDoctor)\s*\(|\b(?:followingClock|captureMachine)\(\)/g,
  /\b(?:waitFor|waitUntil)\s*\(|\bexpect\.poll\s*\(/g,
];

/** What a test reaches out of its process for, as it says so itself. */
function impureIn(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const modules = [...code.matchAll(MODULES)].map(([, module = '']) => module);
  // With fake timers it is the test that lets time pass.
  if (/\bvi\.useFakeTimers\(/.test(code)) return modules;
  const unquoted = code.replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
  return [...modules, ...CALLS.flatMap((call) => unquoted.match(call) ?? [])];
}

/** The tests and everything of `test/` that they import, through others too. */
function reachOf(tests: readonly string[]): string[] {
  const reached = new Set(tests);
  for (const file of reached) {
    for (const { target } of importsOf(file, readFileSync(file, 'utf8')))
      if (target.startsWith('test/') && existsSync(target)) reached.add(target);
  }
  return [...reached];
}

describe('a test of the project `fast`', () => {
  it('is found to fork, to open a socket or to read the clock', () => {
    const impure = [
      "import { spawn } from 'node:child_process';",
      "import {\n  type Socket,\n  connect,\n} from 'node:net';",
      'setTimeout(done, 5);',
      'await new Promise((resolve) => setTimeout(resolve, 25));',
      'const until = performance.now() + 60;',
      'const clock = systemClock();',
      'const start = process.cpuUsage();',
      'await expect.poll(() => seen).toBe(1);',
    ];
    expect(impure.map((text) => impureIn(text).length)).toEqual(impure.map(() => 1));
    const pure = [
      "import type { Socket } from 'node:net';",
      'clock.setTimeout(done, 5);',
      'class FakeClock { setTimeout(callback: () => void, delayMs: number) {} }',
      'await new Promise((resolve) => setImmediate(resolve));',
      "expect(delays('setTimeout(done, ms)')).toEqual([]);",
      '// Date.now() is not what it says',
      'vi.useFakeTimers();\nsetTimeout(done, 5);',
      'const clock = followingClock(base, () => wall);',
    ];
    expect(pure.flatMap(impureIn)).toEqual([]);
  });

  it('does none of it, nor does anything that it is built on', () => {
    const tests = filesIn(FAST).filter((file) => file.endsWith('.test.ts'));
    const config = readFileSync('vitest.config.ts', 'utf8');
    expect(config).toContain("include: ['test/{unit,property,docs}/**/*.test.ts']");
    expect(reachOf(tests).length).toBeGreaterThan(tests.length);
    const found = reachOf(tests).flatMap((file) =>
      impureIn(readFileSync(file, 'utf8')).map((what) => `${file}: ${what}`),
    );
    expect(found).toEqual([]);
  });
});
