/** What an option must be, and whether it is. */
export type Check = readonly [
  option: string,
  value: unknown,
  holds: boolean,
  rule: string,
  remedy: string,
];

/** An option that is a function. */
export function hookCheck(option: string, hook: unknown, remedy: string): Check {
  return [option, hook, isOptional(hook, 'function'), 'a function', remedy];
}

/** Whether a value is left out or of a type. */
export function isOptional(value: unknown, type: string): boolean {
  return value === undefined || typeof value === type;
}
