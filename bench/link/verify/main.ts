/** The probe at one end of a link: a process that is started there. */
import { systemClock } from '../../../src/core/clock.js';
import { loadDeviceCalls } from '../../../src/native/device-calls.js';
import { loadLibc } from '../../../src/native/libc.js';
import { send, serveChannel } from '../../process/channel.js';
import { keepTime, PRIORITY } from '../emulator/keep-time.js';
import type { FromProbe, ToProbe } from './messages.js';
import type { ProbePlan } from './plan.js';
import { Probe } from './probe.js';
import { ProbeSocket } from './probe-socket.js';

/** CLOCK_MONOTONIC itself, which both ends and the emulator have. */
const clock = systemClock(0);
const LOOPBACK = '127.0.0.1';
const WARM_UP: ProbePlan = {
  spaced: { bytes: 100, count: 500, everyUs: 20 },
  fill: { bytes: 100, count: 500, everyUs: 10 },
  drainUs: 0,
};
let probe: Probe | undefined;
let plan: ProbePlan | undefined;

serveChannel<ToProbe>(async (message) => {
  switch (message.type) {
    case 'open': {
      const calls = await loadDeviceCalls();
      const libc = await loadLibc();
      const loopback = new ProbeSocket(libc, clock, LOOPBACK, LOOPBACK);
      // The first packets would be late otherwise: nothing has been compiled yet.
      const warmUp = new Probe(loopback, clock, calls);
      await warmUp.sendAll(WARM_UP);
      loopback.close();
      const socket = new ProbeSocket(libc, clock, message.address, message.peer);
      probe = new Probe(socket, clock, calls);
      plan = message.plan;
      keepTime(calls, PRIORITY.probe);
      send<FromProbe>({ type: 'bound' });
      return;
    }
    case 'go':
      if (probe === undefined || plan === undefined) return;
      send<FromProbe>({ type: 'sent', sent: await probe.sendAll(plan) });
      send<FromProbe>({ type: 'received', received: await probe.receiveAll() });
      return;
    case 'until':
      probe?.end(message.at);
      return;
    case 'close':
      process.exit(0);
  }
});
