/**
 * What each reading means for a benchmark, and the command that fixes it. Pure: readings in,
 * verdicts out.
 */
import type { DoctorCheck } from '../../result/result.js';
import { checkBacklog, checkOpenFiles, checkReceiveBuffer, checkSendBuffer } from './limits.js';
import type { Readings } from './readings.js';

/** Server, subscribers, kernel and everything else each get one. */
const ENOUGH_CORES = 4;
/** Load per core: what is left of an idle machine, and a machine that is busy already. */
const LOAD_WARN = 0.25;
const LOAD_BAD = 1;
const STOLEN_WARN = 0.01;
const STOLEN_BAD = 0.05;

/** Read through the vDSO, without a system call: tens of nanoseconds. */
const FAST_CLOCKS = [
  'tsc',
  'kvm-clock',
  'arch_sys_counter',
  'hyperv_clocksource_tsc_page',
  'timebase',
];
/** Read from a device or once a tick: microseconds each time, or no resolution. */
const SLOW_CLOCKS = ['hpet', 'acpi_pm', 'pit', 'jiffies', 'refined-jiffies'];

type Check = (readings: Readings) => DoctorCheck;

const CHECKS: readonly Check[] = [
  checkGovernor,
  checkCores,
  checkLoad,
  checkSteal,
  checkOpenFiles,
  checkBacklog,
  checkReceiveBuffer,
  checkSendBuffer,
  checkPing,
  checkClock,
  checkNode,
];

/** The same checks in the same order on every platform. */
export function evaluate(readings: Readings): DoctorCheck[] {
  return CHECKS.map((check) => check(readings));
}

function checkGovernor({ governor, platform }: Readings): DoctorCheck {
  const check = 'governor';
  if (governor === null) {
    const value =
      platform === 'linux'
        ? 'no cpufreq here, as in most virtual machines'
        : 'can be read on Linux only';
    return { check, status: 'unknown', value, advice: null };
  }
  if (governor === 'performance') return { check, status: 'ok', value: governor, advice: null };
  return {
    check,
    status: 'warn',
    value: `${governor}: the clock rate follows the load, and latency with it`,
    advice: 'echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor',
  };
}

function checkCores({ cores, allCores, cpuQuota }: Readings): DoctorCheck {
  const check = 'cores';
  if (cpuQuota !== null && cpuQuota.cpus < cores) {
    return {
      check,
      status: cpuQuota.cpus < 2 ? 'bad' : 'warn',
      value: `${cores}, but a quota of ${Number(cpuQuota.cpus.toFixed(2))} CPUs (${cpuQuota.group}): beyond it everything stands still for a while`,
      advice: 'start the container without --cpus (or without CPUQuota= in systemd)',
    };
  }
  if (cores >= ENOUGH_CORES) return { check, status: 'ok', value: String(cores), advice: null };
  const value =
    cores < 2
      ? `${cores}: server and subscribers take turns on it`
      : `${cores}: server and subscribers share them with the kernel and everything else`;
  const advice =
    allCores > cores
      ? `this process may use ${cores} of ${allCores}: taskset -acp 0-${allCores - 1} $$`
      : `use a machine with ${ENOUGH_CORES} cores or more, or stay at loads whose cells are VALID`;
  return { check, status: cores < 2 ? 'bad' : 'warn', value, advice };
}

function checkLoad({ loadAverage, cores, platform }: Readings): DoctorCheck {
  const check = 'load average';
  if (loadAverage === null) {
    return { check, status: 'unknown', value: 'this system has none', advice: null };
  }
  const perCore = loadAverage / cores;
  const value = `${loadAverage.toFixed(2)} in the last minute, on ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  if (perCore < LOAD_WARN) return { check, status: 'ok', value, advice: null };
  const list =
    platform === 'linux'
      ? 'ps -eo pcpu,pid,comm --sort=-pcpu | head'
      : 'ps -Ao pcpu,pid,comm -r | head';
  return {
    check,
    status: perCore < LOAD_BAD ? 'warn' : 'bad',
    value,
    advice: `stop what else runs, then wait a minute: ${list}`,
  };
}

function checkSteal({ stolen, platform }: Readings): DoctorCheck {
  const check = 'cpu steal';
  if (stolen === null) {
    const value = platform === 'linux' ? 'not counted here' : 'can be read on Linux only';
    return { check, status: 'unknown', value, advice: null };
  }
  const value = `${Number((stolen * 100).toFixed(1))} % of a second`;
  if (stolen < STOLEN_WARN) return { check, status: 'ok', value, advice: null };
  return {
    check,
    status: stolen < STOLEN_BAD ? 'warn' : 'bad',
    value: `${value}, taken by other guests of this host`,
    advice:
      'use a machine of its own (dedicated CPUs); else lab run --repeat 5, and look at the spread',
  };
}

function checkPing({ ping }: Readings): DoctorCheck {
  const check = 'ping';
  if (!ping.available || ping.rtt_us === null) {
    return {
      check,
      status: 'warn',
      value: `${ping.reason ?? 'no answer'}; ratios are to the echo baselines instead`,
      advice: ping.hint,
    };
  }
  const limit = ping.reason === null ? '' : `; ${ping.reason}`;
  const value = `${ping.host} answers in ${Math.round(ping.rtt_us.p50)} µs (median)${limit}`;
  return { check, status: 'ok', value, advice: null };
}

function checkClock({ clock, platform }: Readings): DoctorCheck {
  const check = 'clock source';
  if (clock === null) {
    const value = platform === 'linux' ? 'not told here' : 'can be read on Linux only';
    return { check, status: 'unknown', value, advice: null };
  }
  const { current, available } = clock;
  if (FAST_CLOCKS.includes(current)) return { check, status: 'ok', value: current, advice: null };
  const better = FAST_CLOCKS.find((name) => available.includes(name));
  const advice =
    better === undefined
      ? 'find out why the kernel chose it: sudo dmesg | grep -i clocksource'
      : `echo ${better} | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource`;
  if (SLOW_CLOCKS.includes(current)) {
    const value = `${current}: each look at the clock takes a microsecond or more`;
    return { check, status: 'bad', value, advice };
  }
  const value = `${current}: not known to the lab as fast`;
  return better === undefined
    ? { check, status: 'unknown', value, advice: null }
    : { check, status: 'warn', value, advice };
}

function checkNode({ node, lts }: Readings): DoctorCheck {
  const check = 'node';
  const [, major = 0, minor = 0] = (/^v(\d+)\.(\d+)\./.exec(node) ?? []).map(Number);
  const advice = 'nvm install --lts, or get the LTS release at https://nodejs.org/';
  if (major < 20 || (major === 20 && minor < 19)) {
    return {
      check,
      status: 'bad',
      value: `${node}: older than 20.19, which the lab needs`,
      advice,
    };
  }
  if (lts === null) {
    return { check, status: 'warn', value: `${node}: no long-term-support release`, advice };
  }
  return { check, status: 'ok', value: `${node} (LTS ${lts})`, advice: null };
}
