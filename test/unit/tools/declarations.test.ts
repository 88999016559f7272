import { describe, expect, it } from 'vitest';
import { declarationsFrom, declaredEntries } from '../../../tools/declarations.js';

const FILES: Readonly<Record<string, string>> = {
  'dist/src/index.d.ts': `export { a } from './core/a.js';\nexport * from "./b.js";\n`,
  'dist/src/core/a.d.ts': `import type { B } from '../b.js';\nexport declare const a: B;\n`,
  'dist/src/b.d.ts': `export declare const b: import("./c.js").C;\nimport 'ws';\n`,
  'dist/src/c.d.ts': `import './side.js';\nexport interface C {}\n`,
  'dist/src/side.d.ts': `export {};\n`,
  'dist/src/alone.d.ts': `export { a } from './core/a.js';\n`,
};

describe('declarations of a published package', () => {
  it('are those that its exports lead to by any kind of import, circles included', () => {
    expect([...declarationsFrom(['dist/src/index.d.ts'], (path) => FILES[path]!)].sort()).toEqual([
      'dist/src/b.d.ts',
      'dist/src/c.d.ts',
      'dist/src/core/a.d.ts',
      'dist/src/index.d.ts',
      'dist/src/side.d.ts',
    ]);
  });

  it('begin at what package.json names as types', () => {
    const exports = {
      '.': { types: './dist/src/index.d.ts', default: './dist/src/index.js' },
      './package.json': './package.json',
    };
    expect(declaredEntries(JSON.stringify({ exports }))).toEqual(['dist/src/index.d.ts']);
  });
});
