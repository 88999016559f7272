import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ASIDE,
  arrowsOf,
  circlesIn,
  FLOORS,
  filesIn,
  houseText,
  type Import,
  importsIn,
  importsOf,
  roomsOf,
  upwardIn,
} from '../../../tools/house.js';

/**
 * Who may know whom. The first rule whose `of` matches a file is the one it must keep: every other
 * file of the project that it imports (types included) must match one of `may`. A file that no rule
 * matches is an error: no part without a rule.
 */
const RULES: readonly { readonly of: RegExp; readonly may: readonly RegExp[] }[] = [
  { of: /^src\/(errors|version|random)\.ts$/, may: [] },
  { of: /^src\/index\.ts$/, may: [/^src\//] },
  { of: /^src\/core\//, may: [/^src\/core\//, /^src\/errors\.ts$/] },
  {
    of: /^src\/options\//,
    may: [/^src\/options\//, /^src\/core\/options\.ts$/, /^src\/errors\.ts$/],
  },
  {
    of: /^src\/codecs\//,
    may: [/^src\/codecs\//, /^src\/core\/(message|encoder|options)\.ts$/, /^src\/errors\.ts$/],
  },
  {
    of: /^src\/sources\//,
    may: [
      /^src\/(sources|options)\//,
      /^src\/core\/(message|clock|options)\.ts$/,
      /^src\/(errors|random)\.ts$/,
    ],
  },
  {
    of: /^src\/transports\//,
    may: [
      /^src\/(transports|core|kernel|native|options)\//,
      /^src\/codecs\/codec\.ts$/,
      /^src\/errors\.ts$/,
    ],
  },
  {
    of: /^src\/client\//,
    may: [/^src\/(client|core|codecs|transports|metrics)\//, /^src\/errors\.ts$/],
  },
  // Arithmetic that anybody may use on its own.
  {
    of: /^src\/metrics\//,
    may: [/^src\/metrics\//, /^src\/stats\/sample\.ts$/, /^src\/errors\.ts$/],
  },
  {
    of: /^src\/stats\//,
    may: [/^src\/stats\//, /^src\/random\.ts$/, /^src\/errors\.ts$/],
  },
  // What the kernel counts, as /proc tells it.
  { of: /^src\/kernel\//, may: [/^src\/kernel\//] },
  // The C library, as it is called from JavaScript.
  { of: /^src\/native\//, may: [/^src\/(native\/|errors\.ts$)/] },
  // How a process or thread of the lab's own is started.
  { of: /^src\/process\//, may: [/^src\/(process\/|errors\.ts$)/] },
  {
    of: /^src\/pacer\//,
    may: [
      /^src\/(pacer|process)\//,
      /^src\/core\/clock\.ts$/,
      /^src\/sources\/source\.ts$/,
      /^src\/errors\.ts$/,
    ],
  },
  {
    of: /^src\/serve\//,
    may: [/^src\/(serve|pacer|core|transports|codecs|sources|kernel)\//, /^src\/errors\.ts$/],
  },
  { of: /^cli\//, may: [/^cli\//, /^reports\//, /^bench\//, /^src\/(?!index\.ts)/] },
  // Results, the metrics and the decision between runs are all that a report knows of the bench:
  // they must not pull the harness in behind them.
  {
    of: /^bench\/(result\/|compare\/comparison\.ts$|(ab|choose|search)\/document\.ts$|metric-catalogue\.ts$)/,
    may: [/^bench\/(result\/|metric-catalogue\.ts$)/],
  },
  {
    of: /^bench\/compare\/(rank|decide|power|paired)\.ts$/,
    may: [
      /^bench\/(result\/|metric-catalogue\.ts$|config\.ts$)/,
      /^bench\/compare\/(comparison|decide|power)\.ts$/,
      /^src\/stats\//,
    ],
  },
  // What a link decides is known apart from who carries the packets, so that both can be checked.
  {
    of: /^bench\/link\/(fate|link-spec|closed-forms)\.ts$/,
    may: [/^bench\/link\/link-spec\.ts$/, /^src\/stats\//],
  },
  {
    of: /^bench\/link\/model\//,
    may: [/^bench\/link\/(model\/|(fate|link-spec|closed-forms)\.ts$)/, /^src\/random\.ts$/],
  },
  {
    of: /^bench\/link\/spec\//,
    may: [
      /^bench\/link\/(spec\/|(link-spec|closed-forms)\.ts$)/,
      /^src\/options\//,
      /^src\/sources\/text\/text-file\.ts$/,
      /^src\/errors\.ts$/,
    ],
  },
  // It moves packets: of the lab's wires it knows the header of a datagram, and nothing of a run.
  {
    of: /^bench\/link\/emulator\//,
    may: [
      /^bench\/(link|process|record)\//,
      /^src\/native\//,
      /^src\/core\/clock\.ts$/,
      /^src\/transports\/datagram\/wire\.ts$/,
      /^src\/errors\.ts$/,
    ],
  },
  // Which trial is next, and what it shows, follows from the trials alone.
  { of: /^bench\/search\/mlr\//, may: [/^bench\/search\/mlr\//] },
  { of: /^bench\//, may: [/^bench\//, /^src\/(?!index\.ts)/] },
  {
    of: /^reports\//,
    may: [
      /^reports\//,
      /^bench\/(result\/|metric-catalogue\.ts$)/,
      /^bench\/(compare\/(comparison|decide|rank)|(ab|choose|search)\/document)\.ts$/,
      /^src\/stats\//,
    ],
  },
];

/** Node modules a part must do without. */
const FORBIDDEN: readonly {
  readonly of: RegExp;
  readonly modules: RegExp;
  readonly why: string;
}[] = [
  {
    of: /^src\/core\//,
    modules: /^node:(?!crypto$|buffer$)/,
    why: 'the core is pure: sockets, files and processes belong to those who use it',
  },
  {
    of: /^reports\//,
    modules: /^node:(?!util$|path$|zlib$)/,
    why: 'a report is a pure function of a result: no sockets, no clock, no files',
  },
  {
    of: /^src\/(metrics|stats)\//,
    modules: /^node:/,
    why: 'a statistic is arithmetic and nothing else',
  },
  {
    of: /^bench\/link\/(model\/|spec\/(?!trace-file\.ts$)|(fate|link-spec|closed-forms)\.ts$)/,
    modules: /^node:/,
    why: 'what a link does to a packet follows from its spec, its seed and the time it is told',
  },
  {
    of: /^src\/codecs\//,
    modules: /^node:(net|dgram|fs|http|child_process)/,
    why: 'a codec sees bytes only',
  },
];

/** A folder of more is not seen at a glance. */
const MOST_FILES = 15;

/** Folders that hold several implementations of one interface. */
const INTERFACES = ['src/codecs', 'src/sources', 'src/transports'];

const FILES = filesIn(FLOORS);
const IMPORTS = importsIn(FILES);

/**
 * The implementation whose name a file bears, e.g. 'src/transports/tcp' or 'src/codecs/msgpack';
 * undefined for helpers. The registry of the folder is the list: it loads each implementation
 * lazily from `./name.js` or `./name/index.js`, and its name bear the files of that folder, or
 * those called `name.ts` and `name-….ts`. A longer name wins: `udp-multicast` is not part of `udp`.
 */
function implementationOf(file: string): string | undefined {
  const folder = INTERFACES.find((path) => file.startsWith(`${path}/`));
  if (folder === undefined) return undefined;
  return implementationsIn(folder)
    .sort((a, b) => b.length - a.length)
    .find((path) => [`${path}.ts`, `${path}/`, `${path}-`].some((start) => file.startsWith(start)));
}

/** Everything in `folder` that an implementation needs, helpers of helpers included. */
function reachOf(implementation: string, folder: string): string[] {
  const reached = new Set(FILES.filter((file) => implementationOf(file) === implementation));
  for (const file of reached) {
    for (const { file: from, target } of IMPORTS) {
      if (from === file && target.startsWith(`${folder}/`)) reached.add(target);
    }
  }
  return [...reached];
}

function implementationsIn(folder: string): string[] {
  return IMPORTS.filter(
    ({ file, target }) => file === `${folder}/registry.ts` && target.startsWith(folder),
  )
    .filter(({ file, target }) => isLazy(file, target))
    .map(({ target }) => target.replace(/(\/index)?\.ts$/, ''));
}

function isLazy(file: string, target: string): boolean {
  const specifier = `./${relative(dirname(file), target).replace(/\.ts$/, '.js')}`;
  return new RegExp(`import\\(\\s*'${specifier.replaceAll('.', '\\.')}'`).test(
    readFileSync(file, 'utf8'),
  );
}

const shown = ({ file, target }: Import): string => `${file} → ${target}`;

describe('who may know whom', () => {
  it('finds the imports it is to judge', () => {
    const sample = [
      "import a from './a.js';",
      "import type {\n  B,\n  C,\n} from '../b.js';",
      "export * from './d.js';",
      "import './e.js';",
      "const f = () => import('./f/index.js');",
      "import { g } from 'node:net';",
      "// import x from './x.js'",
      "/* import y from './y.js' */",
    ].join('\n');
    expect(importsOf('src/core/sample.ts', sample).map(({ target }) => target)).toEqual([
      'src/core/a.ts',
      'src/b.ts',
      'src/core/d.ts',
      'node:net',
      'src/core/e.ts',
      'src/core/f/index.ts',
    ]);
    expect(IMPORTS.length).toBeGreaterThan(FILES.length);
  });

  it('nothing imports from a higher floor', () => {
    const up = { file: 'src/a.ts', target: 'bench/b.ts', inside: true };
    expect(upwardIn([up, { file: 'bench/b.ts', target: 'src/a.ts', inside: true }])).toEqual([up]);
    expect(upwardIn(IMPORTS).map(shown)).toEqual([]);
    const aside = IMPORTS.filter(({ target }) => ASIDE.includes(target.split('/')[0]!));
    expect(aside.map(shown)).toEqual([]);
  });

  it('no rooms, and no files, import each other in a circle', () => {
    const circle = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(circlesIn(circle)).toEqual(['b → c → b']);
    const files = filesIn([...FLOORS, ...ASIDE]);
    const imports = importsIn(files);
    expect(circlesIn(arrowsOf(imports, roomsOf(files)))).toEqual([]);
    expect(circlesIn(arrowsOf(imports, new Map(files.map((file) => [file, file]))))).toEqual([]);
  });

  it('no room holds more than 15 files, and no folder just one', () => {
    const sizes = new Map<string, number>();
    for (const file of filesIn([...FLOORS, ...ASIDE, 'test'])) {
      sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
    }
    const entries = (folder: string): number => readdirSync(folder).length;
    const wrong = [...sizes].filter(([folder, size]) => size > MOST_FILES || entries(folder) === 1);
    expect(wrong).toEqual([]);
  });

  it('the house can be drawn: rooms from the top down, and what is wrong with it', () => {
    expect(houseText()).toMatch(/\d+ rooms, \d+ arrows between rooms, 0 upward, 0 circles\n$/);
  });

  it('every file keeps the rule of its part', () => {
    expect(FILES.filter((file) => !RULES.some(({ of }) => of.test(file)))).toEqual([]);
    const broken = IMPORTS.filter(({ inside }) => inside).filter(({ file, target }) => {
      const rule = RULES.find(({ of }) => of.test(file));
      return rule?.may.some((allowed) => allowed.test(target)) !== true;
    });
    expect(broken.map(shown)).toEqual([]);
  });

  it.each(FORBIDDEN)('$why ($of)', ({ of, modules }) => {
    const broken = IMPORTS.filter(({ file, target }) => of.test(file) && modules.test(target));
    expect(broken.map(shown)).toEqual([]);
  });

  it('node modules are always named with the node: prefix, so that the rules see them', () => {
    const bare =
      /^(assert|buffer|child_process|crypto|dgram|events|fs|http|https|net|os|path|stream|tls|util|worker_threads)(\/|$)/;
    expect(IMPORTS.filter(({ target, inside }) => !inside && bare.test(target)).map(shown)).toEqual(
      [],
    );
  });

  it.each(INTERFACES)(
    '%s: no implementation reaches another or the registry, not even through a helper',
    (folder) => {
      const implementations = implementationsIn(folder);
      expect(implementations.length).toBeGreaterThan(1);
      for (const implementation of implementations) {
        const reach = reachOf(implementation, folder);
        expect(reach.length).toBeGreaterThan(1);
        const foreign = reach.filter((file) => {
          const other = implementationOf(file);
          return (
            file === `${folder}/registry.ts` || (other !== undefined && other !== implementation)
          );
        });
        expect(foreign, `reached from ${implementation}`).toEqual([]);
      }
    },
  );

  it('outside their folder implementations are reached through the registry', () => {
    const broken = IMPORTS.filter(({ file, target }) => {
      const known = implementationOf(target);
      return known !== undefined && !INTERFACES.some((folder) => file.startsWith(`${folder}/`));
    });
    expect(broken.map(shown)).toEqual([]);
  });
});
