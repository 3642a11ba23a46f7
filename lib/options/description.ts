import * as v from 'valibot';
import { isNested, type OptionSchema } from './hostile-values.js';

/** Rule of an option and the remedy for a value that breaks it. */
export interface OptionRule {
  /** Noun phrase that completes "must be": `a whole number from 1 to 100`. */
  readonly rule: string;
  /** One sentence that tells you how to correct the value. */
  readonly remedy: string;
}

/** Rule, remedy and traits of an option. */
export interface OptionDetails extends OptionRule {
  /** Hides the value in errors, because headers and URLs may contain credentials. @defaultValue false */
  readonly secret?: boolean;
  /** Reports an omitted option. @defaultValue false */
  readonly required?: boolean;
}

/** An option whose value is checked as a whole. */
export interface ValueDescription extends OptionDetails {
  readonly kind: 'value';
  readonly schema: OptionSchema;
}

/** Rule about several members of a group. It is checked once each member is valid. */
export interface GroupCheck extends OptionRule {
  /** Member at which the problem is reported. @defaultValue the group */
  readonly at?: string;
  /** Full sentence fragment for the error, in place of "must be …". */
  readonly rule: string;
  holds(group: Readonly<Record<string, unknown>>): boolean;
}

/** Rule about the name of an option that belongs to another place. */
export interface MisplacedOption extends OptionRule {
  /** The option there, for names that resemble it. @defaultValue none */
  readonly option?: OptionDescription | undefined;
}

/** Rule of a group. */
export interface GroupDetails extends OptionDetails {
  /** Values that are accepted in place of an object, such as `false`. @defaultValue none */
  readonly or?: OptionSchema;
  /** Rules about several members. @defaultValue none */
  readonly checks?: readonly GroupCheck[];
  /** Names that belong to another place, with a sentence that names it. @defaultValue none */
  readonly misplaced?: Readonly<Record<string, MisplacedOption>>;
}

/** Object of named options. */
export interface GroupDescription extends GroupDetails {
  readonly kind: 'group';
  readonly members: Readonly<Record<string, OptionDescription>>;
}

/** Rule of a list. */
export interface ListDetails extends OptionDetails {
  /** Accepts one element without an array around it. @defaultValue false */
  readonly single?: boolean;
  /** Minimum number of elements. @defaultValue 0 */
  readonly atLeast?: number;
}

/** Array whose elements share one description. */
export interface ListDescription extends ListDetails {
  readonly kind: 'list';
  readonly item: OptionDescription;
}

/** Object with names that the application chooses. */
export interface RecordDescription extends OptionDetails {
  readonly kind: 'record';
  readonly key: ValueDescription;
  readonly value: OptionDescription;
}

/** Groups that one member selects from. */
export interface VariantDescription extends OptionDetails {
  readonly kind: 'variant';
  /** Name of the selecting member. */
  readonly by: string;
  readonly among: Readonly<Record<string, GroupDescription>>;
  /** Values that are accepted in place of an object. @defaultValue none */
  readonly or?: OptionSchema;
}

/** Description that contains itself. */
export interface DeferredDescription extends OptionDetails {
  readonly kind: 'deferred';
  get(): OptionDescription;
}

/** Description of one option: data that validation, documentation and configuration files read. */
export type OptionDescription =
  | ValueDescription
  | GroupDescription
  | ListDescription
  | RecordDescription
  | VariantDescription
  | DeferredDescription;

/** Descriptions of all members of an interface: the compiler reports a member that is missing or unknown. */
export type MembersOf<T> = { readonly [K in keyof T]-?: OptionDescription };

/** Predicate over a value of the application. */
export type Accepts = (value: unknown) => boolean;

/** Describes an option that is validated as a whole. */
export function option(accepts: OptionSchema | Accepts, details: OptionDetails): ValueDescription {
  const schema = typeof accepts === 'function' ? v.custom(accepts) : accepts;
  return { kind: 'value', schema, ...details };
}

/** Describes an object of options; `T` is its interface. */
export function group<T extends object>(
  members: MembersOf<T>,
  details: GroupDetails = KNOWN_OPTIONS,
): GroupDescription {
  return { kind: 'group', members, ...details };
}

const KNOWN_OPTIONS: OptionRule = {
  rule: 'an object of options',
  remedy: 'Pass an object.',
};

/** Describes an array of equal elements. */
export function list(item: OptionDescription, details: ListDetails): ListDescription {
  return { kind: 'list', item, ...details };
}

/** Describes an object with names that the application chooses. */
export function record(
  { key, value }: Pick<RecordDescription, 'key' | 'value'>,
  details: OptionDetails,
): RecordDescription {
  return { kind: 'record', key, value, ...details };
}

/** Describes an object whose member `by` selects its other members. */
export function variant(
  { by, among, or }: Pick<VariantDescription, 'by' | 'among' | 'or'>,
  details: OptionDetails,
): VariantDescription {
  return { kind: 'variant', by, among, ...(or !== undefined && { or }), ...details };
}

/** Describes an option lazily, for recursive descriptions. */
export function deferred(
  get: () => OptionDescription,
  details: OptionDetails,
): DeferredDescription {
  return { kind: 'deferred', get, ...details };
}

/** One described option and its path: `health.checks[].name`, `cardinality.perMetric.*.seriesLimit`. */
export type DescribedOption = readonly [path: string, description: OptionDescription];

/** Iterates over all options below a description, in their order. It does not follow recursion. */
export function* describedOptions(
  description: OptionDescription,
  path = '',
): Generator<DescribedOption> {
  const { kind } = description;
  if (kind === 'list') yield* describedOptions(description.item, `${path}[]`);
  if (kind === 'record') yield* describedOptions(description.value, `${path}.*`);
  if (kind === 'variant') {
    for (const it of Object.values(description.among)) yield* describedOptions(it, path);
  }
  if (kind !== 'group') return;
  for (const [name, member] of Object.entries(description.members)) {
    const own = path === '' ? name : `${path}.${name}`;
    yield [own, member];
    yield* describedOptions(member, own);
  }
}

const PLACES_SHOWN = 3;

/** Returns the members of a group and, by name, the options that belong to another place. */
export function knownOptions({
  members,
  misplaced = {},
}: GroupDescription): Readonly<Record<string, OptionDescription>> {
  const others = Object.entries(misplaced).flatMap(([name, { option: it }]) =>
    it === undefined ? [] : [[name, it] as const],
  );
  return { ...Object.fromEntries(others), ...members };
}

/** Returns up to three options of a name in the groups below these options, by path. */
export function placesOf(
  name: string,
  options: Readonly<Record<string, OptionDescription>>,
): ReadonlyMap<string, OptionDescription> {
  const all = [...describedOptions({ kind: 'group', members: options, ...KNOWN_OPTIONS })];
  const isPlace = (path: string) => path.endsWith(`.${name}`) && !/[[*]/.test(path);
  return new Map(all.filter(([path]) => isPlace(path)).slice(0, PLACES_SHOWN));
}

/** Returns rule and remedy for a value that an option does not take. */
export function brokenRule({ rule, remedy }: OptionDescription): OptionRule {
  return { rule: `must be ${rule}`, remedy };
}

/** Returns true if an option or any option below it is secret. */
export function holdsSecret(description: OptionDescription): boolean {
  if (description.secret === true) return true;
  for (const [, { secret }] of describedOptions(description)) if (secret === true) return true;
  return false;
}

/** Returns true if a value that breaks the rule of an option may show a secret. */
export function mayLeak(description: OptionDescription, value: unknown): boolean {
  if (description.secret === true) return true;
  const canHold = isNested(value) || (typeof value === 'string' && value.includes('://'));
  return canHold && holdsSecret(description);
}

/** Describes an option that something else has checked. */
export const anyValue: OptionDescription = {
  kind: 'value',
  schema: v.unknown(),
  rule: '',
  remedy: '',
};

/** Returns a description for which `undefined` does not count as omitted. */
export function required(description: OptionDescription): OptionDescription {
  return description.required === true ? description : { ...description, required: true };
}
