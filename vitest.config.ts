import { defineConfig, type ViteUserConfig } from 'vitest/config';

/**
 * Two projects: `fast` holds pure code and may run in parallel; `sockets` opens real sockets and child
 * processes, so its files run one after another and cannot starve each other of CPU.
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
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 30_000,
        },
      },
    ],
  },
});
export default config;
