// deploy/prometheus, deploy/alertmanager and docs/runbooks: the alerts in all formats, with two objectives.
import { format } from './markdown.mjs';
import { loadSource } from './library.mjs';

const OPTIONS = {
  slos: [
    // The shop breaks 1 % of its appends (FAULT_RATE), which is no reason to page.
    { name: 'commands', kind: 'availability', objective: 98 },
    { name: 'command-latency', kind: 'latency', objective: 99, thresholdSeconds: 1 },
  ],
};

/** The files by path. */
export async function alertFiles() {
  const alerting = await loadSource('lib/alerting/index.ts');
  const { config, template, templateFile } = alerting.alertmanagerFiles(OPTIONS);
  const documents = {
    'deploy/prometheus/rules.yaml': alerting.prometheusRules(OPTIONS),
    'deploy/prometheus/rules.test.yaml': alerting.promtoolTests(OPTIONS),
    'deploy/prometheus/prometheus-rule.yaml': alerting.prometheusRuleResource(OPTIONS),
    'deploy/alertmanager/alertmanager.yml': config,
  };
  const texts = Object.entries(documents).map(async ([file, it]) => [
    file,
    await format(await alerting.documentText(it, () => import('yaml')), 'yaml'),
  ]);
  const pages = Object.entries(alerting.runbooks(OPTIONS)).map(async ([name, text]) => [
    `docs/runbooks/${name}`,
    await format(text),
  ]);
  return {
    ...Object.fromEntries(await Promise.all([...texts, ...pages])),
    [`deploy/alertmanager/${templateFile}`]: template,
  };
}
