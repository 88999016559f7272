import { describe, expect, it } from 'vitest';
import { runDoctor } from '../../bench/probe/doctor/doctor.js';
import { captureMachine } from '../../bench/probe/environment.js';
import { resultSchema } from '../../bench/result/result.js';

const machineSchema = resultSchema.shape.environment.omit({ doctor: true });

describe('captureMachine', () => {
  it('describes this machine in the form of the result', async () => {
    const environment = await captureMachine();
    expect(machineSchema.parse(environment)).toEqual(environment);
    expect(environment.node).toBe(process.version);
    expect(environment.cores).toBeGreaterThanOrEqual(1);
    expect(environment.memory_bytes).toBeGreaterThan(0);
  });
});

describe('an examination', () => {
  it('of this machine has the form of the result', async () => {
    const checks = await runDoctor();
    expect(resultSchema.shape.environment.shape.doctor.parse(checks)).toEqual(checks);
    expect(checks).toHaveLength(11);
  });
});
