import { describe, expect, it } from 'vitest';
import { workerPath } from '../../../../src/process/worker-path.js';

describe('workerPath', () => {
  it('a script that is not built is an internal error that says how to build', () => {
    expect(() => workerPath('no/such-worker.js')).toThrow(
      expect.objectContaining({
        code: 'LAB_ERR_INTERNAL',
        hint: expect.stringContaining('npm run build'),
      }),
    );
  });
});
