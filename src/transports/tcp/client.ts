import type { Attempt } from '../client/attempt.js';
import type { Endpoint } from '../endpoint.js';
import { formatRequest } from '../request.js';
import { StreamSubscription } from '../stream/client.js';
import { welcomed } from '../stream/welcomed.js';
import type { ConnectOptions, Subscription } from '../transport.js';

export function connectTcp(endpoint: Endpoint, options: ConnectOptions): Promise<Subscription> {
  return welcomed(endpoint, options, (attempt) => new TcpSubscription(endpoint, options, attempt));
}

/** One request line, and then nothing but encoded items. */
class TcpSubscription extends StreamSubscription {
  constructor(endpoint: Endpoint, options: ConnectOptions, attempt: Attempt) {
    super('TCP', endpoint, options, attempt);
    this.socket.write(Buffer.from(`${formatRequest(options)}\n`));
  }

  protected take(bytes: Buffer, start: number, end: number): number {
    return this.scan(bytes, start, end);
  }
}
