import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Provokes every verdict by stopping, starving and killing processes: it wants a quiet machine and
 * two minutes of its own.
 */
const VERDICTS = 'test/e2e/faults/verdicts.test.ts';

/** Whole benchmark runs, which must not compete for the CPU with anything. */
const RUNS = ['test/e2e/run/*.test.ts', 'test/cli/run/*.test.ts'];

/**
 * What is waited for comes in milliseconds, or on a busy machine in seconds: a second, the default,
 * is not to fail for.
 */
const PATIENCE: NonNullable<ViteUserConfig['test']>['expect'] = { poll: { timeout: 20_000 } };

/**
 * `fast` holds pure code, and `test/unit/house/pure.test.ts` keeps it so; `sockets` opens real
 * sockets, starts processes and reads the real clock, three files at a time; `runs` one after
 * another. Each group waits for the one before. `verdicts` (npm run test:verdicts) is not part of
 * `npm test`.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          // Pure code leaves nothing behind: a process for each file would double the time.
          isolate: false,
          maxWorkers: 2,
          include: ['test/{unit,property,docs}/**/*.test.ts'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'sockets',
          include: [
            'test/conformance/**/*.test.ts',
            'test/e2e/**/*.test.ts',
            'test/cli/**/*.test.ts',
            'test/machine/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, VERDICTS, ...RUNS],
          // They wait more than they compute.
          maxWorkers: 3,
          testTimeout: 60_000,
          expect: PATIENCE,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'runs',
          include: RUNS,
          maxWorkers: 2,
          testTimeout: 60_000,
          expect: PATIENCE,
          hookTimeout: 30_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'verdicts',
          include: [VERDICTS],
          maxWorkers: 1,
          testTimeout: 60_000,
          expect: PATIENCE,
          hookTimeout: 60_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
export default config;
