import {
  ConfigurationError,
  type ConfigurationErrorCode,
  type ConfigurationProblem,
} from '../kernel/configuration-error.js';
import {
  anyValue,
  brokenRule,
  type GroupDescription,
  holdsSecret,
  mayLeak,
  knownOptions,
  placesOf,
  type ListDescription,
  type OptionDescription,
  type RecordDescription,
  required,
  type VariantDescription,
} from './description.js';
import {
  elementsOf,
  fits,
  holdsFor,
  isArray,
  isGroup,
  isNested,
  namesOf,
  read,
  type Reading,
} from './hostile-values.js';
import { didYouMean, nearestNames } from './nearest-names.js';
import { type OptionPath, type OptionSource, subjectOf } from './option-path.js';

/** Owner of options in an error, with the code of that error. */
export interface OptionOwner {
  readonly subject: string;
  readonly code: ConfigurationErrorCode;
}

/** Replaces a value that may contain a secret. */
const HIDDEN_VALUE = '(hidden)';

const MAX_DEPTH = 24;
const SECRET_NAME = /pass|secret|token|auth|cred|api.?key|header|cookie/i;

/**
 * Checks options against their description. All problems are reported together, each with its full path.
 *
 * @param owner - Prefix of every path, such as `otlp`; empty for the module. A text has the code `OBS_OPTION_INVALID`.
 * @throws ConfigurationError `OBS_OPTION_INVALID`, or the code of the owner.
 */
export function assertOptions(
  owner: string | OptionOwner,
  description: OptionDescription,
  value: unknown,
): void {
  const isText = typeof owner === 'string';
  const problems = optionProblems(isText ? owner : owner.subject, description, value);
  if (problems.length === 0) return;
  throw new ConfigurationError(isText ? 'OBS_OPTION_INVALID' : owner.code, ...problems);
}

/** Returns the problems that {@link assertOptions} reports; empty for valid options. */
export function optionProblems(
  subject: string,
  description: OptionDescription,
  value: unknown,
): ConfigurationProblem[] {
  return checked(new OptionsCheck(subject, undefined), description, value);
}

/** Returns the problems of options that were read from a text, each with its place. */
export function sourceProblems(
  source: OptionSource,
  description: OptionDescription,
  value: unknown,
): ConfigurationProblem[] {
  return checked(new OptionsCheck('', source), description, value);
}

function checked(
  check: OptionsCheck,
  description: OptionDescription,
  value: unknown,
): ConfigurationProblem[] {
  check.visit([], description, value);
  return check.problems;
}

class OptionsCheck {
  readonly problems: ConfigurationProblem[] = [];
  readonly #owner: string;
  readonly #source: OptionSource | undefined;
  /** Objects around the visited one, to stop at cycles. */
  readonly #around: object[] = [];

  constructor(owner: string, source: OptionSource | undefined) {
    this.#owner = owner;
    this.#source = source;
  }

  visit(path: OptionPath, description: OptionDescription, value: unknown): void {
    if (typeof value !== 'object' || value === null) return this.#enter(path, description, value);
    if (this.#around.includes(value) || this.#around.length >= MAX_DEPTH) {
      return this.#report(path, {
        value: 'an object',
        rule: 'contains itself or is nested too deeply',
        remedy: `Nest at most ${MAX_DEPTH} objects.`,
      });
    }
    this.#around.push(value);
    this.#enter(path, description, value);
    this.#around.pop();
  }

  #enter(path: OptionPath, description: OptionDescription, value: unknown): void {
    switch (description.kind) {
      case 'value':
        return fits(description.schema, value) ? undefined : this.#broken(path, description, value);
      case 'group':
        return this.#group(path, description, value);
      case 'list':
        return this.#list(path, description, value);
      case 'record':
        return this.#record(path, description, value);
      case 'variant':
        return this.#variant(path, description, value);
      case 'deferred':
        return this.#enter(path, description.get(), value);
    }
  }

  #group(path: OptionPath, description: GroupDescription, value: unknown): void {
    if (description.or !== undefined && fits(description.or, value)) return;
    const names = isGroup(value) ? namesOf(value) : undefined;
    if (names === undefined) return this.#broken(path, description, value);
    const group = value as object;
    const before = this.problems.length;
    for (const name of names) {
      if (!Object.hasOwn(description.members, name))
        this.#unknown(path, description, [name, group]);
    }
    for (const [name, member] of Object.entries(description.members)) {
      this.#member([...path, name], member, read(group, name));
    }
    if (this.problems.length === before) this.#together(path, description, group);
  }

  #member(path: OptionPath, description: OptionDescription, reading: Reading): void {
    if (reading === undefined) {
      return this.#report(path, { ...brokenRule(description), value: 'a getter that throws' });
    }
    const { value } = reading;
    if (value === undefined && description.required !== true) return;
    this.visit(path, description, value);
  }

  #together(path: OptionPath, { checks = [], ...group }: GroupDescription, value: object): void {
    for (const { at, rule, remedy, holds } of checks) {
      if (holdsFor(holds, value)) continue;
      const subject = at === undefined ? path : [...path, at];
      const shown = at === undefined ? namesOf(value) : read(value, at)?.value;
      const isSecret = at !== undefined && group.members[at]?.secret === true;
      this.#report(subject, { value: isSecret ? HIDDEN_VALUE : shown, rule, remedy });
    }
  }

  #unknown(
    path: OptionPath,
    description: GroupDescription,
    [name, group]: [name: string, group: object],
  ): void {
    const { members, misplaced = {} } = description;
    const value = read(group, name)?.value;
    // An explicit `undefined` counts as omitted, as in a conditional option.
    if (value === undefined && read(group, name) !== undefined) return;
    const found = Object.hasOwn(misplaced, name) ? misplaced[name] : undefined;
    const options = knownOptions(description);
    const near = nearestNames(name, Object.keys(options));
    const below = placesOf(name, options);
    const isSecret =
      SECRET_NAME.test(name) ||
      [...below.values(), ...near.map((it) => options[it])].some((it) => it?.secret === true) ||
      (isNested(value) && Object.values(options).some(holdsSecret));
    const wanted = near.length > 0 ? near : [...below.keys()];
    const place = misplaced[wanted[0]?.split('.')[0] ?? '']?.remedy;
    const remedy = [didYouMean(wanted, Object.keys(members)), place ?? []].flat().join(' ');
    const rule = found ?? { rule: 'is not a known option', remedy };
    this.#report([...path, name], { ...rule, value: isSecret ? HIDDEN_VALUE : value }, 'name');
  }

  #list(path: OptionPath, description: ListDescription, value: unknown): void {
    const { item, single = false, atLeast = 0 } = description;
    const elements = isArray(value) ? elementsOf(value) : undefined;
    if (elements !== undefined && elements.length >= atLeast) {
      for (const [at, element] of elements.entries()) this.visit([...path, at], item, element);
    } else if (single && !isArray(value)) this.#enter(path, item, value);
    else this.#broken(path, description, value);
  }

  #record(path: OptionPath, description: RecordDescription, value: unknown): void {
    const { key, value: each } = description;
    const names = isGroup(value) ? namesOf(value) : undefined;
    if (names === undefined) return this.#broken(path, description, value);
    for (const name of names) {
      const reading = read(value as object, name);
      if (fits(key.schema, name)) this.#member([...path, name], required(each), reading);
      else {
        const shown = description.secret === true ? HIDDEN_VALUE : reading?.value;
        const rule = `has a name that must be ${key.rule}`;
        this.#report([...path, name], { value: shown, rule, remedy: key.remedy }, 'name');
      }
    }
  }

  #variant(path: OptionPath, description: VariantDescription, value: unknown): void {
    const { by, among, or } = description;
    if (or !== undefined && fits(or, value)) return;
    if (!isGroup(value)) return this.#broken(path, description, value);
    const selected = read(value, by)?.value;
    const found = typeof selected === 'string' && Object.hasOwn(among, selected);
    if (!found) {
      const rule = `must be one of ${Object.keys(among).join(', ')}`;
      return this.#report([...path, by], { value: selected, rule, remedy: description.remedy });
    }
    const { members, ...details } = among[selected] as GroupDescription;
    this.#group(path, { ...details, members: { ...members, [by]: anyValue } }, value);
  }

  #broken(path: OptionPath, description: OptionDescription, value: unknown): void {
    const shown = mayLeak(description, value) ? HIDDEN_VALUE : value;
    this.#report(path, { ...brokenRule(description), value: shown });
  }

  #report(
    path: OptionPath,
    problem: Pick<ConfigurationProblem, 'value' | 'rule' | 'remedy'>,
    part: 'name' | 'value' = 'value',
  ): void {
    const at = this.#source?.placeOf(path, part);
    const variable = this.#source?.variableOf(path);
    this.problems.push({
      subject: subjectOf(this.#owner, path),
      ...problem,
      ...(variable !== undefined && { value: `(value of ${variable})` }),
      ...(at !== undefined && { at }),
    });
  }
}
