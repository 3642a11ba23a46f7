import { selfMetrics } from '../../metrics/catalogue/self.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import { alert } from '../alert-definition.js';

const build = `${selfMetrics.build.name}{version="1.0.0"}`;
const logs = 'The log lines of the process before its end, and its exit code or signal.';

/** Alerts on applications as a whole, and the alert that shows that alerting works. */
export const applicationAlerts = {
  ApplicationDown: alert({
    severity: 'critical',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {},
    // Of all targets of Prometheus, those that were an application within a day.
    expr: () => `up == 0\nand on (job, instance) last_over_time(${selfMetrics.build.name}[1d])`,
    labels: ['job', 'instance'],
    summary: '{{ $labels.job }} on {{ $labels.instance }} does not answer its scrape',
    description:
      'Prometheus has not been able to scrape {{ $labels.instance }} of {{ $labels.job }} for two minutes.',
    runbook: {
      means:
        'The scrapes of one application instance fail: it is not running, is overloaded, or cannot be reached.',
      impact:
        'If it is not running, its requests fail or other instances carry them. All its other alerts are blind.',
      look: [
        'The error of the scrape on the page "Targets" of Prometheus.',
        'Whether the process runs and `/health/live` answers on the machine itself.',
        logs,
      ],
      act: [
        'Start or restart the instance; roll the last deployment back if it began with it.',
        'If it runs, mend the network path, the port or the credentials of the scrape.',
      ],
    },
    firing: () => ({ [build]: '1x10 _x20', up: '1x10 0x20' }),
    quiet: () => ({ [build]: '1x10 _ 1x19', up: '1x10 0 1x19', 'up{job="other"}': '0x30' }),
    drill: 'The process is killed.',
  }),
  ApplicationAbsent: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {},
    expr: () => `absent_over_time(${selfMetrics.build.name}[5m]) == 1`,
    labels: [],
    summary: 'No application is scraped',
    description: 'Prometheus has had no sample of an application for ten minutes.',
    runbook: {
      means:
        'No scrape target that the rules select is an application with this library: the targets are gone, or all are down.',
      impact: 'Nothing is watched. No other alert can fire.',
      look: [
        'The service discovery and the page "Targets" of Prometheus.',
        'The selector and the namespace of the rules: they must fit the labels and the option `namespace` of the applications.',
      ],
      act: [
        'Start the application.',
        'Correct the scrape configuration or the selector of the rules.',
      ],
    },
    firing: () => ({ 'up{job="other"}': '1x30' }),
    quiet: () => ({ [build]: '1x30' }),
    drill: 'All processes are killed.',
  }),
  ApplicationRestarting: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {
      restarts: { unit: 'count', default: 3, description: 'restarts within 15 minutes' },
    },
    expr: ({ restarts }) => `resets(${systemMetrics.uptime.name}[15m]) >= ${restarts}`,
    labels: ['job', 'instance'],
    summary: '{{ $labels.job }} on {{ $labels.instance }} restarts again and again',
    description: '{{ $value }} restarts within 15 minutes; the limit is {restarts}.',
    runbook: {
      means: 'The process has begun anew at least {restarts} times within 15 minutes.',
      impact: 'Requests under way at each end fail, and caches are cold.',
      look: [
        logs,
        'Out-of-memory kills: `kubectl describe pod`, or the kernel log.',
        'The liveness probe: it must not depend on a database.',
      ],
      act: [
        'Roll the last deployment back.',
        'Raise the memory limit if the kernel ended the process.',
      ],
    },
    firing: ({ restarts }) => {
      // A minute lies between two samples: there is no place for more restarts in 15 of them.
      if (restarts > 6) return undefined;
      const again = Array.from({ length: Math.ceil(restarts) + 1 }, () => '0 60');
      return { [systemMetrics.uptime.name]: `0+60x15 ${again.join(' ')}` };
    },
    quiet: ({ restarts }) => {
      if (restarts === 0) return undefined;
      return { [systemMetrics.uptime.name]: restarts > 1 ? '0+60x15 0+60x14' : '0+60x30' };
    },
    drill: 'The process is ended and started three times.',
  }),
  Watchdog: alert({
    severity: 'none',
    parameters: {},
    expr: () => 'vector(1)',
    labels: [],
    summary: 'Alerting works',
    description:
      'This alert always fires. A service outside that no longer receives it should page.',
    runbook: {
      means:
        'Prometheus evaluates rules and Alertmanager delivers: this alert always fires. Its absence is the fault.',
      impact: 'None while it fires. If it stops, no other alert arrives.',
      look: ['Prometheus, Alertmanager and the path between them.'],
      act: [
        "Let its receiver be a dead man's switch that pages when no notification arrives for ten minutes.",
      ],
    },
    firing: () => ({}),
    quiet: () => ({}),
    drill: 'None is needed.',
  }),
} as const;
