/**
 * Links with a name. A source says round trips; a profile has half of one in each direction. What
 * no source says is `assumed`, and a report must say so.
 */
export interface Profile {
  /** What it stands for, in the grammar of a spec. */
  readonly parts: string;
  readonly source: string;
  /** Which of its values no source has. */
  readonly assumed?: string;
}

const THROTTLE = 'sitespeed.io throttle 255090d';
const PANTHEON = 'Pantheon 84f9454, calibrated emulator';
const QUIC = 'quic-interop-runner 1d6f655';
const CONSTANT = 'a constant rate for the Poisson one of the source, and the queue upwards';

/** The queue upwards, which the sources give only in the direction of the data. */
const UP = 'the queue upwards';

/** The profile that a link is made of; undefined when it is a spec. */
export function profileOf(name: string): Profile | undefined {
  return PROFILES[name.split('/', 1)[0] as string];
}

export const PROFILES: Readonly<Record<string, Profile>> = {
  none: { parts: '', source: 'nothing between the two ends but the emulator' },
  lan: {
    parts: 'delay=100us/rate=1gbit',
    source: 'Gigabit Ethernet behind one switch',
    assumed: 'all values',
  },
  'wifi-good': {
    parts: 'delay=1ms/loss=0.2%/up.rate=15mbit/down.rate=30mbit',
    source: 'rates and round trip: former WiFi preset of Chrome DevTools; loss: comcast 145d021',
  },
  'wifi-bursty': {
    parts: 'delay=1ms/jitter=1ms/loss=1%/burst=4/up.rate=15mbit/down.rate=30mbit',
    source: 'rates and round trip: former WiFi preset of Chrome DevTools',
    assumed: 'loss, burst and jitter',
  },
  '3g-slow': { parts: 'delay=100ms/rate=400kbit', source: `${THROTTLE}, 3gslow` },
  '3g': {
    parts: 'delay=75ms/up.rate=768kbit/down.rate=1.6mbit',
    source: `${THROTTLE}, 3g; as the mobile default of Lighthouse (750 kbit/s upwards there)`,
  },
  '3g-fast': {
    parts: 'delay=37ms500us/up.rate=768kbit/down.rate=1.6mbit',
    source: `${THROTTLE}, 3gfast`,
  },
  '4g': { parts: 'delay=42ms500us/rate=9mbit', source: `${THROTTLE}, 4g` },
  lte: { parts: 'delay=17ms500us/rate=12mbit', source: `${THROTTLE}, lte` },
  dsl: {
    parts: 'delay=12ms500us/up.rate=384kbit/down.rate=1.5mbit',
    source: `${THROTTLE}, dsl`,
  },
  cable: { parts: 'delay=7ms/up.rate=1mbit/down.rate=5mbit', source: `${THROTTLE}, cable` },
  fibre: { parts: 'delay=1ms/up.rate=5mbit/down.rate=20mbit', source: `${THROTTLE}, fois` },
  starlink: {
    parts: 'delay=20ms/jitter=5ms/loss=1%/outage=100ms/15s/up.rate=10mbit/down.rate=100mbit',
    source: 'comcast 145d021 says 20 ms and 2.5 % loss, others dispute it',
    assumed: 'all values',
  },
  'geo-satellite': {
    parts: 'delay=300ms/jitter=5ms/loss=0.2%/up.rate=3mbit/down.rate=25mbit',
    source:
      'loss: earlier Satellite row of comcast; over a geostationary satellite 239 ms at least',
    assumed: 'delay, jitter and rates',
  },
  nepal: {
    parts: 'delay=28ms/down.loss=4.77%/rate=570kbit/down.queue=14p',
    source: `${PANTHEON}, Nepal to AWS India over Wi-Fi`,
    assumed: CONSTANT,
  },
  'mexico-cell': {
    parts: 'delay=88ms/rate=2.64mbit/down.queue=130p',
    source: `${PANTHEON}, Mexico over a cellular network to AWS California`,
    assumed: CONSTANT,
  },
  'colombia-cell': {
    parts: 'delay=130ms/rate=3.04mbit/down.queue=426p',
    source: `${PANTHEON}, AWS Brazil to Colombia over a cellular network`,
    assumed: CONSTANT,
  },
  india: {
    parts: 'delay=27ms/rate=100.42mbit/down.queue=173p',
    source: `${PANTHEON}, India to AWS India`,
    assumed: UP,
  },
  'korea-china': {
    parts: 'delay=51ms/down.loss=0.06%/rate=77.72mbit/down.queue=94p',
    source: `${PANTHEON}, AWS Korea to China`,
    assumed: UP,
  },
  'calif-mexico': {
    parts: 'delay=45ms/rate=114.68mbit/down.queue=450p',
    source: `${PANTHEON}, AWS California to Mexico`,
    assumed: UP,
  },
  'quic-goodput': {
    parts: 'delay=15ms/rate=10mbit/queue=25p',
    source: `${QUIC}, simple-p2p`,
  },
  'quic-longrtt': {
    parts: 'delay=750ms/rate=10mbit/queue=25p',
    source: `${QUIC}, longrtt`,
  },
  'quic-transferloss': {
    parts: 'delay=15ms/loss=2%/rate=10mbit/queue=25p',
    source: `${QUIC}, transferloss`,
    assumed: 'no limit of losses in a row, where the source has 3',
  },
  'quic-handshakeloss': {
    parts: 'delay=15ms/loss=30%/rate=10mbit/queue=25p',
    source: `${QUIC}, handshakeloss`,
    assumed: 'no limit of losses in a row, where the source has 3',
  },
  'quic-blackhole': {
    parts: 'delay=15ms/outage=2s/7s/rate=10mbit/queue=25p',
    source: `${QUIC}, blackhole`,
  },
};

export const PROFILE_NAMES: readonly string[] = Object.keys(PROFILES);
