import { sloAlerts } from '../../../alerting/definitions/slos.js';
import { alertDefinitions } from '../../../alerting/alert-definitions.js';
import type { AlertingOptions } from '../../../alerts/alerting-options.js';
import { planOf } from '../../../alerts/alerting-plan.js';
import { readRuleFiles } from '../../../alerts/rules/rule-file.js';
import type { GroupPlan } from '../../../alerts/rules/rule.js';
import { EXAMPLE_SLOS, groupOf, shippedGroups } from '../../../alerts/trial/named-rules.js';
import { readConfiguration } from '../../../config/configuration-file.js';
import { alertingOf, type CheckedFile } from '../../../config/file-parts.js';
import { didYouMean, nearestNames } from '../../../options/nearest-names.js';
import type { CommandCall } from '../../command.js';
import { parametersOf } from '../../name-value.js';
import { invalid } from '../../times.js';

/** Rules of a command, and the configuration that they come from. */
export interface ChosenRules {
  readonly options: AlertingOptions;
  readonly groups: readonly GroupPlan[];
  readonly namespace: string | undefined;
  readonly serviceName: string;
  /** Sections of the configuration file; none without a file. */
  readonly sections: CheckedFile;
}

/**
 * Reads the rules that a command is about: those of the configuration file, or the shipped ones; and rule files.
 *
 * @throws ConfigurationError for a file, an option or a rule that is invalid.
 */
export async function chosenRules(call: CommandCall): Promise<ChosenRules> {
  const { lists } = call;
  const sections = await sectionsOf(call);
  const given = sections.alerts && (await alertingOf(sections.alerts));
  const { namespace: own, serviceName = 'shop' } = sections.module ?? {};
  const namespace = (call.options['namespace'] ?? own) as string | undefined;
  const shipped = given?.shipped ?? {};
  const needsObjective = call.args.some((it) => Object.hasOwn(sloAlerts, it));
  const options: AlertingOptions = {
    ...given,
    ruleFiles: [...(given?.ruleFiles ?? []), ...(lists['rules'] ?? [])],
    shipped: shipped && {
      ...(given === undefined && needsObjective && { slos: EXAMPLE_SLOS }),
      ...shipped,
      parameters: { ...shipped.parameters, ...parametersOf(lists['set']) },
    },
  };
  // Without a configuration, alerts about scrapes can be tried as well.
  const { slos, parameters } = options.shipped || {};
  const groups =
    given === undefined
      ? shippedGroups({
          ...(namespace && { namespace }),
          ...(slos && { slos }),
          parameters: parameters!,
        })
      : planOf(options, namespace).groups;
  return {
    options,
    groups: [...groups, ...(await readRuleFiles(options.ruleFiles ?? []))],
    namespace,
    serviceName: String(serviceName),
    sections,
  };
}

/**
 * Returns the group of one alert, with the rules that record.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an unknown alert.
 */
export function groupOfAlert(groups: readonly GroupPlan[], name: string): GroupPlan {
  const group = groupOf(groups, name);
  if (group !== undefined) return group;
  const known = groups.flatMap(({ rules }) =>
    rules.flatMap((it) => (it.type === 'alerting' ? [it.name] : [])),
  );
  const isLeftOut = alertDefinitions.some((it) => it.name === name);
  const rule = isLeftOut
    ? 'is an alert that the configuration leaves out'
    : 'is no alert of the rules';
  throw invalid('RULE', name, [rule, didYouMean(nearestNames(name, known), known)]);
}

/** Returns the sections of the configuration file, if one is named. */
export async function sectionsOf({ options, io }: CommandCall): Promise<CheckedFile> {
  const path = options['config'] ?? io.env['OBSERVABILITY_CONFIG_FILE'];
  if (typeof path !== 'string' || path.trim() === '') return {};
  return (await readConfiguration(path, io.env)).sections;
}
