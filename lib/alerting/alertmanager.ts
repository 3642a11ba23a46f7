import { assertOptions } from '../options/assert-options.js';
import { group, option } from '../options/description.js';
import type { NamedAlert } from './alert-definitions.js';
import { type AlertChoice, type AlertOptions, chosen, isWebAddress } from './alert-options.js';
import { exportedAlerts } from './alert-rules.js';

/** Addresses of the receivers. Secrets are read from files. */
export interface ReceiverOptions {
  /** Recipient of critical alerts by e-mail. @defaultValue 'oncall@example.org' */
  readonly emailTo?: string;
  /** Sender. @defaultValue 'alertmanager@example.org' */
  readonly emailFrom?: string;
  /** Mail server with its port. @defaultValue 'smtp.example.org:587' */
  readonly smarthost?: string;
  /** Slack channel of warnings. @defaultValue '#alerts' */
  readonly slackChannel?: string;
  /** Webhook of informative alerts. @defaultValue 'https://hooks.example.org/alerts' */
  readonly webhookUrl?: string;
  /** Webhook that pages when it is no longer called. @defaultValue 'https://watchdog.example.org/eventcore' */
  readonly watchdogUrl?: string;
  /** Folder with the files of the secrets. @defaultValue '/etc/alertmanager/secrets' */
  readonly secrets?: string;
}

const defaults: Required<ReceiverOptions> = {
  emailTo: 'oncall@example.org',
  emailFrom: 'alertmanager@example.org',
  smarthost: 'smtp.example.org:587',
  slackChannel: '#alerts',
  webhookUrl: 'https://hooks.example.org/alerts',
  watchdogUrl: 'https://watchdog.example.org/eventcore',
  secrets: '/etc/alertmanager/secrets',
};

const like = (accepts: (text: string) => boolean, rule: string, name: keyof ReceiverOptions) =>
  option((it) => typeof it === 'string' && accepts(it), {
    rule,
    remedy: `Pass something like '${defaults[name]}'.`,
  });
const matches = (pattern: RegExp) => (it: string) => pattern.test(it);
const isMail = matches(/^[^\s@<>,]+@[^\s@<>,]+$/);
const isHostWithPort = (it: string) =>
  /^(?:[\w.-]+|\[[0-9a-f:]+\]):[1-9]\d*$/.test(it) && URL.canParse(`http://${it}`);

/** Description of {@link ReceiverOptions}. @public */
export const receiverOptions = group<ReceiverOptions>({
  emailTo: like(isMail, 'an e-mail address', 'emailTo'),
  emailFrom: like(isMail, 'an e-mail address', 'emailFrom'),
  smarthost: like(isHostWithPort, 'a host with a port from 1 to 65535', 'smarthost'),
  slackChannel: like(matches(/^[#@]?[\w.-]+$/), 'the name of a channel', 'slackChannel'),
  webhookUrl: like(
    isWebAddress,
    'an address that begins with http:// or https:// and has no credentials',
    'webhookUrl',
  ),
  watchdogUrl: like(
    isWebAddress,
    'an address that begins with http:// or https:// and has no credentials',
    'watchdogUrl',
  ),
  secrets: like(matches(/^[^\s]+$/), 'the path of a folder', 'secrets'),
});

/** Files of an Alertmanager configuration. */
export interface AlertmanagerFiles {
  /** Content of `alertmanager.yml`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Content of the template file that it names. */
  readonly template: string;
  /** Name of the template file. */
  readonly templateFile: string;
}

interface Inhibition {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

const TEMPLATE_FILE = 'eventcore.tmpl';

const TEMPLATE = `{{ define "eventcore.title" -}}
[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .CommonLabels.severity }}{{ end }}] {{ if .CommonAnnotations.summary }}{{ .CommonAnnotations.summary }}{{ else }}{{ .GroupLabels.alertname }}{{ with .GroupLabels.job }} of {{ . }}{{ end }}: {{ .Alerts | len }} alerts{{ end }}
{{- end }}

{{ define "eventcore.text" -}}
{{ range .Alerts -}}
{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ .Annotations.summary }}
{{ .Annotations.description }}
{{- with .Annotations.runbook_url }}
Runbook: {{ . }}
{{- end }}
Since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05" }} UTC{{ if eq .Status "resolved" }}, until {{ .EndsAt.UTC.Format "2006-01-02 15:04:05" }} UTC{{ end }}
Query: {{ .GeneratorURL }}

{{ end -}}
{{- end }}
`;

/**
 * Returns a configuration of Alertmanager 0.25 or later: routes by severity, inhibitions, receivers and a template.
 *
 * @param options - Options of the rules whose alerts it routes.
 * @param receivers - Addresses of the receivers.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 */
export function alertmanagerFiles(
  options?: AlertOptions,
  receivers: ReceiverOptions = {},
): AlertmanagerFiles {
  const choice = chosen(options);
  assertOptions('receivers', receiverOptions, receivers);
  const to = { ...defaults, ...receivers };
  const config = {
    global: {
      resolve_timeout: '5m',
      smtp_smarthost: to.smarthost,
      smtp_from: to.emailFrom,
      smtp_auth_username: to.emailFrom,
      smtp_auth_password_file: `${to.secrets}/smtp-password`,
      slack_api_url_file: `${to.secrets}/slack-webhook-url`,
    },
    templates: [TEMPLATE_FILE],
    route: routes(choice),
    inhibit_rules: inhibitions(choice),
    receivers: receiversOf(to),
  };
  return { config, template: TEMPLATE, templateFile: TEMPLATE_FILE };
}

function routes({ aggregateBy }: AlertChoice): Readonly<Record<string, unknown>> {
  const route = (
    severity: string,
    receiver: string,
    times: Readonly<Record<string, unknown>> = {},
  ) => ({
    matchers: [`severity="${severity}"`],
    receiver,
    ...times,
  });
  return {
    // Alerts of other rules have no severity that is known here.
    receiver: 'warning',
    group_by: ['alertname', ...aggregateBy],
    group_wait: '30s',
    group_interval: '5m',
    repeat_interval: '4h',
    routes: [
      route('none', 'watchdog', { group_wait: '0s', group_interval: '1m', repeat_interval: '5m' }),
      route('critical', 'critical', { repeat_interval: '1h' }),
      route('warning', 'warning'),
      route('info', 'info', { repeat_interval: '24h' }),
    ],
  };
}

/** Labels that are missing on both sides count as equal: only labels that both alerts always have are listed. */
function inhibitions(choice: AlertChoice): Inhibition[] {
  const alerts = exportedAlerts(choice);
  const scope = choice.aggregateBy;
  const instance = [...new Set([...scope, 'job', 'instance'])];
  const lag = alerts.filter(({ name }) => name.startsWith('ProjectionLag'));
  return [
    {
      source_matchers: ['alertname="ApplicationDown"'],
      target_matchers: ['alertname!="ApplicationDown"', 'instance!=""', 'severity!="none"'],
      equal: instance,
    },
    {
      source_matchers: ['alertname="ProjectionHeadUnreadable"'],
      target_matchers: [named(lag)],
      equal: [...scope, 'projection_name'],
    },
    ...families(alerts).map(({ critical, others, labels }) => ({
      source_matchers: [named(critical)],
      target_matchers: [named(others)],
      equal: [...scope, ...labels],
    })),
  ];
}

interface Family {
  readonly critical: readonly NamedAlert[];
  readonly others: readonly NamedAlert[];
  /** Labels that all of them have besides those of the scope. */
  readonly labels: readonly string[];
}

/** Alerts on one thing, such as a command: while a critical one fires, the others add nothing. */
function families(alerts: readonly NamedAlert[]): Family[] {
  const thingOf = ({ domain, labels }: NamedAlert) =>
    [domain, ...labels.filter((it) => it !== 'job' && it !== 'instance')].join(' ');
  return [...new Set(alerts.map(thingOf))].flatMap((thing) => {
    const members = alerts.filter((it) => thingOf(it) === thing);
    const critical = members.filter(({ severity }) => severity === 'critical');
    const others = members.filter(({ severity }) => severity === 'warning' || severity === 'info');
    const labels = members.map((it) => it.labels.filter((label) => label !== 'job'));
    const [first = []] = labels;
    const all = first.filter((label) => labels.every((it) => it.includes(label)));
    if (critical.length === 0 || others.length === 0 || all.length === 0) return [];
    return [{ critical, others, labels: all }];
  });
}

function named(alerts: readonly NamedAlert[]): string {
  const names = alerts.map(({ name }) => name);
  return names.length === 1 ? `alertname="${names[0]}"` : `alertname=~"${names.join('|')}"`;
}

function receiversOf(to: Required<ReceiverOptions>): readonly Readonly<Record<string, unknown>>[] {
  const title = '{{ template "eventcore.title" . }}';
  const text = '{{ template "eventcore.text" . }}';
  const bearer = (file: string) => ({
    authorization: { type: 'Bearer', credentials_file: `${to.secrets}/${file}` },
  });
  return [
    {
      name: 'critical',
      pagerduty_configs: [
        {
          routing_key_file: `${to.secrets}/pagerduty-routing-key`,
          severity: 'critical',
          description: title,
          details: { text },
          send_resolved: true,
        },
      ],
      email_configs: [
        { to: to.emailTo, headers: { Subject: title }, html: '', text, send_resolved: true },
      ],
    },
    {
      name: 'warning',
      slack_configs: [{ channel: to.slackChannel, title, text, send_resolved: true }],
    },
    {
      name: 'info',
      webhook_configs: [
        { url: to.webhookUrl, http_config: bearer('webhook-token'), send_resolved: true },
      ],
    },
    {
      name: 'watchdog',
      webhook_configs: [
        { url: to.watchdogUrl, http_config: bearer('watchdog-token'), send_resolved: false },
      ],
    },
  ];
}
