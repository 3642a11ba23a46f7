import { type OptionDescription, mayLeak } from '../options/description.js';
import { isGroup } from '../options/hostile-values.js';

const HIDDEN = '(hidden)';

/** Returns options without the values of secret ones. Of a secret address, scheme and host are left. */
export function withoutSecrets(description: OptionDescription, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (description.secret === true) return masked(value);
  switch (description.kind) {
    case 'group':
      return isGroup(value) ? membersOf(value, (name) => description.members[name]) : value;
    case 'record':
      return isGroup(value) ? membersOf(value, () => description.value) : value;
    case 'list':
      return Array.isArray(value)
        ? value.map((it) => withoutSecrets(description.item, it))
        : withoutSecrets(description.item, value);
    case 'variant': {
      if (!isGroup(value)) return value;
      const selected = description.among[String(Reflect.get(value, description.by))];
      return membersOf(value, (name) => selected?.members[name]);
    }
    case 'deferred':
      return withoutSecrets(description.get(), value);
    case 'value':
      return mayLeak(description, value) ? masked(value) : value;
  }
}

function membersOf(group: object, of: (name: string) => OptionDescription | undefined): object {
  const shown = Object.entries(group).map(([name, it]) => {
    const description = of(name);
    return [name, description === undefined ? it : withoutSecrets(description, it)];
  });
  return Object.fromEntries(shown);
}

function masked(value: unknown): unknown {
  if (isGroup(value)) return Object.fromEntries(Object.keys(value).map((it) => [it, HIDDEN]));
  if (typeof value !== 'string' || !URL.canParse(value)) return HIDDEN;
  const { protocol, host, pathname, search } = new URL(value);
  if (host === '') return HIDDEN;
  return `${protocol}//${host}${pathname.length > 1 || search !== '' ? `/${HIDDEN}` : ''}`;
}
