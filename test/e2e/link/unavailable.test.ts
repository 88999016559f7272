/** Where no link can be made it is said what is missing; a user may have one where he may. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { linkCommand, whyNoLink } from '../../support/link/link-rig.js';

const isRoot = process.getuid?.() === 0;
const reason = isRoot ? await whyNoLink() : 'it takes root to become somebody without rights';

/** Nobody: no rights, and no user of this machine. */
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
const NO_RIGHTS = 'setpriv --bounding-set=-all --inh-caps=-all';
/** Ends with what a link has counted, as far as one could be made. */
const USE = `
  const book = await link.book();
  await link.close();
  console.log(JSON.stringify({ clients: book.clients.length }));`;

/** Runs it behind `prefix`; `before`: in a mount namespace of its own, so that nothing stays. */
function attempt(prefix: string, before = ':'): unknown {
  const shell = `mount --make-rprivate / && ${before} && exec ${prefix} "$@"`;
  const command = ['--mount', 'sh', '-c', shell, 'sh', ...linkCommand(USE)];
  const { stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** Gives or takes the rights to the device, in that mount namespace only. */
function withTun(mode: string): string {
  return [
    'mount -t tmpfs none /dev/net',
    'mknod /dev/net/tun c 10 200',
    `chmod ${mode} /dev/net/tun`,
  ].join(' && ');
}

function unavailable(text: string): unknown {
  return { code: 'LAB_ERR_LINK_UNAVAILABLE', message: expect.stringContaining(text) };
}

const title = `a link${reason ? ` (skipped: ${reason})` : ''}`;
describe.skipIf(reason !== undefined)(title, () => {
  it('is refused to who may not open the device, and that is named', () => {
    expect(attempt(NOBODY, withTun('600'))).toEqual(unavailable('may not open /dev/net/tun'));
  });

  it('is refused where there is no device, and that is named', () => {
    const none = 'mount -t tmpfs none /dev/net';
    expect(attempt('env', none)).toEqual(unavailable('there is no /dev/net/tun'));
  });

  it('is refused without rights where user namespaces are forbidden, too', () => {
    const inner = `unshare --user --map-root-user sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec ${NO_RIGHTS} "$@"' sh`;
    expect(attempt(inner, withTun('666'))).toEqual(unavailable('user namespaces are forbidden'));
  });

  it('names everything that is missing at once', () => {
    const none = 'mount -t tmpfs none /dev/net';
    const both = attempt(`${NOBODY} env PATH=/nonexistent`, `${none} && mount -t tmpfs none /sbin`);
    expect(both).toEqual(unavailable('there is no /dev/net/tun'));
  });

  it('is made for a user without rights, in a user namespace of its own', () => {
    expect(attempt(NOBODY, withTun('666'))).toEqual({ clients: 2 });
  });

  it('is refused to a process that has more files open than it may, and not for what is there', () => {
    const codes: (string | undefined)[] = [];
    for (let files = 22; !codes.includes('made') && files < 100; files += 3) {
      const [node = '', ...args] = linkCommand(USE);
      const { stdout } = spawnSync('prlimit', [`--nofile=${files}`, node, ...args], {
        encoding: 'utf8',
      });
      // With even fewer Node itself does not start.
      const outcome = stdout === '' ? {} : (JSON.parse(stdout) as { readonly code?: string });
      codes.push('clients' in outcome ? 'made' : outcome.code);
    }
    expect(codes).toContain('LAB_ERR_FD_LIMIT');
    expect(codes).toContain('made');
    expect(codes).not.toContain('LAB_ERR_LINK_UNAVAILABLE');
  });
});
