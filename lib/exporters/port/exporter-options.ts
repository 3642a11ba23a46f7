import { list, option, type ValueDescription } from '../../options/description.js';
import { matching } from '../../options/standard-options.js';

const NAME = /^[a-z0-9_]{1,64}$/;
/** Description of an exporter name, the value of the label `exporter`. */
export function exporterName(): ValueDescription {
  return option(matching(NAME), {
    rule: '1 to 64 lower-case letters, digits and underscores',
    remedy: "Pass something like 'otlp_eu'.",
  });
}

const remedy = 'Pass something like [otlp()].';

/** Description of a list of exporters. */
export const exporterList = list(
  option(isExporter, {
    rule: 'an exporter with open() and a name of 1 to 64 lower-case letters, digits and underscores',
    remedy,
  }),
  { rule: 'an array of exporters', remedy },
);

function isExporter(it: unknown): boolean {
  if (typeof it !== 'object' || it === null) return false;
  const { name, open } = it as { name?: unknown; open?: unknown };
  return typeof name === 'string' && NAME.test(name) && typeof open === 'function';
}
