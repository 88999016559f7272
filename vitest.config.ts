import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';

/** Provokes every verdict by stopping, starving and killing processes: it wants a quiet machine and 45 s of its own. */
const VERDICTS = 'test/integration/verdicts.test.ts';

/**
 * `fast` holds pure code and may run in parallel; `sockets` opens real sockets and child processes, so its files run one
 * after another and cannot starve each other of CPU; `verdicts` (npm run test:verdicts) is not part of `npm test`.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'sockets',
          include: [
            'test/conformance/**/*.test.ts',
            'test/integration/**/*.test.ts',
            'test/cli/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, VERDICTS],
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'verdicts',
          include: [VERDICTS],
          maxWorkers: 1,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
export default config;
