import type { GroupDescription, OptionDescription, OptionRule } from '../options/description.js';
import type { OptionSchema } from '../options/hostile-values.js';

const CODE_ONLY = new Set(['function', 'custom', 'instance', 'symbol']);

/**
 * Returns the description of an option in a configuration file: without the members whose values exist only in code, which
 * are named with their remedy when a file has them.
 *
 * @returns `undefined` for an option that a file cannot have.
 */
export function fileView(description: OptionDescription): OptionDescription | undefined {
  switch (description.kind) {
    case 'value':
      return isInFile(description.schema) ? description : undefined;
    case 'list': {
      const item = fileView(description.item);
      return item && { ...description, item };
    }
    case 'record': {
      const value = fileView(description.value);
      return value && { ...description, value };
    }
    case 'variant': {
      const groups = Object.entries(description.among).map(([name, it]) => [name, groupView(it)]);
      const among = Object.fromEntries(groups.filter(([, it]) => it !== undefined));
      return { ...description, among };
    }
    case 'deferred':
      return { ...description, get: () => fileView(description.get()) ?? description.get() };
    case 'group':
      return groupView(description);
  }
}

function groupView(group: GroupDescription): GroupDescription | undefined {
  const views = Object.entries(group.members).map(([name, it]) => [name, fileView(it)] as const);
  const isLost = views.some(([name, it]) => it === undefined && group.members[name]?.required);
  const members = Object.fromEntries(views.filter(([, it]) => it !== undefined)) as Record<
    string,
    OptionDescription
  >;
  if (isLost || (Object.keys(members).length === 0 && views.length > 0)) return undefined;
  const codeOnly = views
    .filter(([, it]) => it === undefined)
    .map(([name]) => [name, { ...inCode, option: group.members[name] }]);
  return { ...group, members, misplaced: { ...Object.fromEntries(codeOnly), ...group.misplaced } };
}

const inCode: OptionRule = {
  rule: 'can be set in code only',
  remedy: 'Pass it as the second argument of forFile().',
};

/** Returns true if a schema accepts a value that YAML can have. */
function isInFile(schema: OptionSchema): boolean {
  if (schema.type === 'union') {
    return (schema as unknown as { readonly options: OptionSchema[] }).options.some(isInFile);
  }
  return !CODE_ONLY.has(schema.type);
}
