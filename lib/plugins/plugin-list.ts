import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { isObject } from '../kernel/hooks.js';
import type { ObservabilityPlugin } from './plugin.js';

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const HOOKS = ['init', 'bootstrap', 'started', 'flush', 'drain', 'stop'] as const;
const LISTS = ['requires', 'providers', 'controllers'] as const;

/**
 * Checks the option `plugins` and sorts it, so that each plugin follows those it requires.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` with every problem found.
 */
export function orderedPlugins(plugins: unknown): readonly ObservabilityPlugin[] {
  const problems = problemsOf(plugins);
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  const list = (plugins ?? []) as readonly ObservabilityPlugin[];
  const ordered = new Set<ObservabilityPlugin>();
  for (const it of list) place(it, { list, ordered, path: [] });
  return [...ordered];
}

interface Placing {
  readonly list: readonly ObservabilityPlugin[];
  readonly ordered: Set<ObservabilityPlugin>;
  readonly path: readonly string[];
}

function place(plugin: ObservabilityPlugin, { list, ordered, path }: Placing): void {
  if (ordered.has(plugin)) return;
  const { name, requires = [] } = plugin;
  if (path.includes(name)) throw circle([...path, name]);
  for (const required of requires) {
    const found = list.find((it) => it.name === required) as ObservabilityPlugin;
    place(found, { list, ordered, path: [...path, name] });
  }
  ordered.add(plugin);
}

function problemsOf(plugins: unknown): ConfigurationProblem[] {
  if (plugins === undefined) return [];
  if (!Array.isArray(plugins)) {
    const remedy = 'Pass something like [dialects()].';
    return [{ subject: 'plugins', value: plugins, rule: 'must be an array of plugins', remedy }];
  }
  const shapes = plugins.flatMap((it: unknown, i) => shapeProblems(it, `plugins[${i}]`));
  return shapes.length > 0 ? shapes : relationProblems(plugins as ObservabilityPlugin[]);
}

function shapeProblems(plugin: unknown, subject: string): ConfigurationProblem[] {
  if (!isObject(plugin) || Array.isArray(plugin) || typeof plugin === 'function') {
    const rule = 'must be an object with a name and hooks';
    const remedy = 'Pass the result of a plugin function: dialects(), not dialects.';
    return [{ subject, value: plugin, rule, remedy }];
  }
  const members = plugin as Readonly<Record<string, unknown>>;
  const problems: ConfigurationProblem[] = [];
  const check = (member: string, holds: boolean, texts: { rule: string; remedy: string }) => {
    const value = members[member];
    if (!holds) problems.push({ subject: `${subject}.${member}`, value, ...texts });
  };
  const { name } = members;
  check('name', typeof name === 'string' && NAME.test(name), {
    rule: 'must be 1 to 64 lower-case letters, digits and hyphens, the first a letter',
    remedy: "Name the plugin something like 'build-info'.",
  });
  for (const it of HOOKS) {
    const holds = members[it] === undefined || typeof members[it] === 'function';
    check(it, holds, { rule: 'must be a function', remedy: 'Pass one, or leave the hook out.' });
  }
  for (const it of LISTS) {
    const holds = members[it] === undefined || Array.isArray(members[it]);
    check(it, holds, { rule: 'must be an array', remedy: 'Pass one, or leave the member out.' });
  }
  return problems;
}

function relationProblems(plugins: readonly ObservabilityPlugin[]): ConfigurationProblem[] {
  const names = plugins.map(({ name }) => name);
  return plugins.flatMap(({ name, requires = [] }, i) => {
    const missing = requires.filter((it) => !names.includes(it));
    const problems = missing.map((it) => ({
      subject: `plugins.${name}`,
      value: names,
      rule: `requires the plugin ${String(it)}`,
      remedy: `Add ${String(it)} to plugins.`,
    }));
    if (names.indexOf(name) === i) return problems;
    const rule = 'must be listed once';
    return [
      ...problems,
      { subject: `plugins[${i}].name`, value: name, rule, remedy: 'Remove one of the two.' },
    ];
  });
}

function circle(path: readonly string[]): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', {
    subject: `plugins.${String(path[0])}`,
    value: path,
    rule: 'must not require itself, directly or through other plugins',
    remedy: 'Remove one of the requirements.',
  });
}
