import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  explainFailure,
  installHint,
  refusesInterval,
  refusesOptions,
} from '../../../../bench/probe/ping/failure.js';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/ping/${name}.txt`, import.meta.url), 'utf8');

describe('explainFailure names the cause', () => {
  it.each([
    ['iputils-not-permitted', /not permitted.*socket: Operation not permitted/],
    ['busybox-not-permitted', /not permitted/],
    ['iputils-unknown-host', /cannot resolve h: .*Name or service not known/],
    ['busybox-unknown-host', /cannot resolve h: .*bad address/],
    ['iputils-no-route', /no route to h/],
    ['busybox-no-route', /no route to h/],
  ])('%s', (name, reason) => {
    const failure = explainFailure(fixture(name), 'h', 0);
    expect(failure.reason).toMatch(reason);
    expect(failure.hint).not.toBeNull();
  });

  it('requests without any reply are total loss', () => {
    expect(explainFailure(fixture('iputils-no-reply'), 'h', 3).reason).toBe(
      'h answered none of 3 echo requests',
    );
  });

  it('a missing right names the capability and the container flag', () => {
    const { hint } = explainFailure('ping: socket: Operation not permitted', 'h', 0);
    expect(hint).toMatch(/cap_net_raw.*NET_RAW/);
  });

  it('a firewall that rejects sending is not a missing right', () => {
    const { reason } = explainFailure('ping: sendmsg: Operation not permitted', 'h', 1);
    expect(reason).toMatch(/may not send/);
  });

  it('any text gives a reason of one line without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(3), (output, sent) => {
        const { reason } = explainFailure(output, 'h', sent);
        expect(reason).not.toBe('');
        expect(reason.length).toBeLessThan(250);
        expect(reason).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('a refusal is told from a failure', () => {
  it('a refused interval', () => {
    expect(refusesInterval(fixture('iputils-interval-refused'))).toBe(true);
    expect(refusesInterval(fixture('busybox-invalid-interval'))).toBe(true);
    expect(refusesInterval('ping: -i interval too short: Operation not permitted')).toBe(true);
    expect(refusesInterval(fixture('iputils-not-permitted'))).toBe(false);
    expect(refusesInterval(fixture('iputils-no-reply'))).toBe(false);
  });

  it('a refused option', () => {
    expect(refusesOptions(fixture('iputils-invalid-option'))).toBe(true);
    expect(refusesOptions(fixture('iputils-unknown-host'))).toBe(false);
  });
});

describe('installHint', () => {
  it.each([
    ['ID=debian\n', 'apt-get install iputils-ping'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', 'apt-get install iputils-ping'],
    ['ID=fedora\n', 'dnf install iputils'],
    ['ID=alpine\n', 'apk add iputils-ping'],
    ['ID=arch\n', 'pacman -S iputils'],
  ])('gives the command of the distribution: %j', async (release, command) => {
    expect(await installHint('linux', async () => release)).toContain(command);
  });

  it('gives no package manager where it knows none', async () => {
    expect(await installHint('linux', async () => null)).toContain('iputils');
    expect(await installHint('darwin', async () => 'ID=debian')).toContain('PATH');
  });
});
