/**
 * A second host, as far as TCP can tell: a network namespace at the other end of a link that a test
 * can take down. Linux, as root.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Of iproute2. */
const IP = 'ip';

function ip(...args: string[]): string {
  return execFileSync(IP, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function nft(rules: string): void {
  execFileSync('nft', [rules], { stdio: 'ignore' });
}

/** Why there can be none here; undefined when there can. */
export function whyNoFarLink(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux only';
  if (process.getuid?.() !== 0) return 'making a network namespace takes root';
  const name = `lab-probe-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('link', 'add', `lp${process.pid}`, 'type', 'veth', 'peer', 'name', 'far', 'netns', name);
    return undefined;
  } catch (error) {
    return `no network namespace can be made (${String(error).split('\n', 1)[0]})`;
  } finally {
    try {
      ip('netns', 'del', name);
    } catch {
      // There is none.
    }
  }
}

/** Why no segments can be thrown away there; undefined when they can. */
export function whyNoFilter(): string | undefined {
  const reason = whyNoFarLink();
  if (reason !== undefined) return reason;
  try {
    execFileSync('nft', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'nft (Debian: nftables) is not installed';
  }
}

export class FarLink {
  /** Of our end of the link. */
  readonly host: string;
  /** Of the far end. */
  readonly farHost: string;
  readonly #near: string;
  readonly #namespace: string;

  private constructor(net: string, near: string, namespace: string) {
    this.#near = near;
    this.host = `${net}.1`;
    this.farHost = `${net}.2`;
    this.#namespace = namespace;
  }

  /** All of it is gone after the test. */
  static open(): FarLink {
    const namespace = `lab-far-${process.pid}`;
    const near = `lf${process.pid}`;
    // RFC 2544: a range for tests of networks, which no interface here has.
    const net = `198.18.${process.pid % 256}`;
    onTestFinished(() => {
      // With the namespace alone it would go, too, but some time later.
      ip('link', 'del', near);
      ip('netns', 'del', namespace);
    });
    ip('netns', 'add', namespace);
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'far', 'netns', namespace);
    ip('addr', 'add', `${net}.1/30`, 'dev', near);
    ip('link', 'set', near, 'up');
    ip('-n', namespace, 'addr', 'add', `${net}.2/30`, 'dev', 'far');
    ip('-n', namespace, 'link', 'set', 'far', 'up');
    return new FarLink(net, near, namespace);
  }

  /** Runs a program of Node's at the far end until the test is over. */
  run(program: string): void {
    const child = spawn(IP, ['netns', 'exec', this.#namespace, process.execPath, '-e', program], {
      stdio: 'ignore',
    });
    onTestFinished(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
  }

  /** Throws away one in `every` of the TCP segments that come from this port of the far end. */
  dropOneIn(every: number, port: number): void {
    const table = `netdev lab-${process.pid}`;
    onTestFinished(() => nft(`delete table ${table}`));
    // Where our device takes them: dropped by their sender's, TCP would know that it sent none.
    const hook = `type filter hook ingress device ${this.#near} priority 0`;
    const rule = `tcp sport ${port} numgen inc mod ${every} == ${every - 1} drop`;
    nft(`table ${table} { chain in { ${hook}; ${rule}; }; }`);
  }

  /** Nothing gets through any more, and nobody is told. */
  cut(): void {
    ip('-n', this.#namespace, 'link', 'set', 'far', 'down');
  }
}
