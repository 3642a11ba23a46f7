import type { ConfigurationProblem } from '../../kernel/configuration-error.js';
import { isGroup } from '../../options/hostile-values.js';
import { didYouMean, nearestNames } from '../../options/nearest-names.js';
import { type OptionPath, subjectOf } from '../../options/option-path.js';
import { readRule, RuleFields } from './rule-reader.js';
import type { GroupPlan, RulePlan } from './rule.js';

/** Groups that were read, with everything that is wrong with them. */
export interface ReadGroups {
  readonly groups: readonly GroupPlan[];
  readonly problems: readonly ConfigurationProblem[];
}

/** Document of rules, and its name for errors. */
export interface RuleDocument {
  /** Begin of each subject, such as `rules.yaml`. */
  readonly subject: string;
  /** File of the rules; empty for rules of code. */
  readonly file: string;
  /** Plain value: `{ groups: [{ name, rules }] }`. */
  readonly value: unknown;
  /** Returns the place of a value in the file. @defaultValue none */
  placeOf?(path: OptionPath): string | undefined;
}

const GROUP_FIELDS = ['name', 'interval', 'limit', 'query_offset', 'labels', 'rules'];
const RULE_FIELDS = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations'];

const MOST_NAME = 64;

function fieldsOf(value: unknown): Readonly<Record<string | number, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string | number, unknown>>)
    : {};
}

/** Reads the groups of a rule file of Prometheus. All problems are found together. */
export function readGroups(document: RuleDocument): ReadGroups {
  return new GroupReader(document).read();
}

class GroupReader {
  readonly #document: RuleDocument;
  readonly #problems: ConfigurationProblem[] = [];

  constructor(document: RuleDocument) {
    this.#document = document;
  }

  read(): ReadGroups {
    const { value } = this.#document;
    const fields = this.#fields([], value, ['groups']);
    const list = fields?.['groups'] ?? [];
    const groups = this.#list(['groups'], list).flatMap((it, i) => this.#group(it, i) ?? []);
    for (const [i, { name }] of groups.entries()) {
      if (groups.findIndex((it) => it.name === name) === i) continue;
      this.#report(['groups', i, 'name'], name, {
        rule: 'must be unique in its file',
        remedy: 'Rename one of the two groups.',
      });
    }
    return { groups, problems: this.#problems };
  }

  #group(value: unknown, i: number): GroupPlan | undefined {
    const path = ['groups', i];
    const fields = this.#fields(path, value, GROUP_FIELDS);
    if (fields === undefined) return undefined;
    const reader = this.#ruleFields(path, fields);
    const name = reader.text('name');
    const { file } = this.#document;
    const interval = reader.durationMs('interval');
    const common = reader.texts('labels');
    const rules = this.#list([...path, 'rules'], fields['rules'] ?? []);
    const read = rules.flatMap((it, r) => this.#rule([...path, 'rules', r], it, common) ?? []);
    return {
      name,
      file,
      intervalMs: interval === 0 ? undefined : interval,
      limit: reader.count('limit'),
      queryOffsetMs: reader.durationMs('query_offset'),
      rules: read,
    };
  }

  #rule(
    path: OptionPath,
    value: unknown,
    common: Readonly<Record<string, string>>,
  ): RulePlan | undefined {
    const fields = this.#fields(path, value, RULE_FIELDS);
    if (fields === undefined) return undefined;
    return readRule(this.#ruleFields(path, fields), common);
  }

  #ruleFields(path: OptionPath, fields: Readonly<Record<string, unknown>>): RuleFields {
    return new RuleFields(fields, (name, shown, rule) =>
      this.#report(name === '' ? path : [...path, ...name.split('/')], shown, rule),
    );
  }

  #fields(
    path: OptionPath,
    value: unknown,
    known: readonly string[],
  ): Readonly<Record<string, unknown>> | undefined {
    if (!isGroup(value)) {
      const rule = `must be an object with ${known.join(', ')}`;
      this.#report(path, value, { rule, remedy: 'Write it as in a rule file of Prometheus.' });
      return undefined;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    for (const name of Object.keys(fields)) {
      if (known.includes(name)) continue;
      const remedy = didYouMean(nearestNames(name, known), known);
      this.#report([...path, name], fields[name], {
        rule: 'is not a field of a rule file',
        remedy,
      });
    }
    return fields;
  }

  #list(path: OptionPath, value: unknown): readonly unknown[] {
    if (Array.isArray(value)) return value;
    this.#report(path, value, { rule: 'must be a list', remedy: 'Begin each element with -.' });
    return [];
  }

  /** Names of the rule and the group at a path: a number alone says little in a file of hundreds of rules. */
  #named([groups, g, rules, r]: OptionPath): string {
    if (groups !== 'groups' || typeof g !== 'number') return '';
    const group = fieldsOf(fieldsOf(this.#document.value)['groups'])[g];
    const rule = rules === 'rules' ? fieldsOf(fieldsOf(group)['rules'])[Number(r)] : undefined;
    const { alert, record } = fieldsOf(rule);
    const names = [alert ?? record, fieldsOf(group)['name']].filter((it) => typeof it === 'string');
    return names.length === 0 ? '' : ` (${names.map((it) => it.slice(0, MOST_NAME)).join(' of ')})`;
  }

  #report(
    path: OptionPath,
    value: unknown,
    { rule, remedy }: Pick<ConfigurationProblem, 'rule' | 'remedy'>,
  ): void {
    const { subject, placeOf } = this.#document;
    const at = placeOf?.(path);
    this.#problems.push({
      subject: subjectOf(subject, path),
      value,
      rule,
      remedy,
      ...(at !== undefined && { at: at + this.#named(path) }),
    });
  }
}
