import { exponentialText, fixedText, plainText, significantText } from './number.format.js';
import { type TemplateValue, typeName, valueText } from './template-value.js';

/** Flags, width, precision and letter of a verb. */
const VERB = /%([-+ 0]*)(\d{1,3})?(?:\.(\d{0,2}))?([a-zA-Z%])/g;
const KNOWN = 'vsqdxXtfFgGeE%';

/** Returns the problem of a format text, if it has one. */
export function formatProblem(format: string): string | undefined {
  const isKnown =
    !format.replaceAll(VERB, '').includes('%') &&
    [...format.matchAll(VERB)].every(([, , , , verb = '']) => KNOWN.includes(verb));
  return isKnown ? undefined : 'printf knows %v %s %q %d %x %X %t %f %F %g %G %e %E and %%';
}

/** Returns the verbs of a format text that take a value. */
export function verbsOf(format: string): readonly string[] {
  return [...format.matchAll(VERB)].map(([verb]) => verb).filter((it) => !it.endsWith('%'));
}

/** Prints values as `fmt.Sprintf` of Go does. */
export function printed(format: string, values: readonly TemplateValue[]): string {
  let [text, at, next] = ['', 0, 0];
  for (const verb of format.matchAll(VERB)) {
    text += format.slice(at, verb.index);
    at = verb.index + verb[0].length;
    if (verb[4] === '%') text += '%';
    else if (next >= values.length) text += `%!${verb[4]}(MISSING)`;
    else text += valueOf(verb, values[next++]);
  }
  const extra = values.slice(next).map(described).join(', ');
  return text + format.slice(at) + (extra === '' ? '' : `%!(EXTRA ${extra})`);
}

function valueOf(
  [, flags = '', width = '0', digits, verb = '']: RegExpExecArray,
  value: TemplateValue,
): string {
  const plain = textOf(value, verb, digits === undefined ? undefined : Number(digits));
  if (plain === undefined) return `%!${verb}(${described(value)})`;
  return padded(signed(plain, value, flags), { value, flags, width: Number(width) });
}

function described(value: TemplateValue): string {
  return value === undefined ? '<nil>' : `${typeName(value)}=${valueText(value)}`;
}

function textOf(value: TemplateValue, verb: string, places?: number): string | undefined {
  if (verb === 'v' && (places === undefined || typeof value !== 'number')) return valueText(value);
  if (verb === 't') return typeof value === 'boolean' ? String(value) : undefined;
  if (typeof value === 'number') return floatText(value, verb, places);
  if (typeof value === 'bigint') return wholeText(value, verb);
  if (verb === 's' && (typeof value === 'string' || typeof value === 'object'))
    return [...valueText(value)].slice(0, places).join('');
  if (verb === 'x' && typeof value === 'string') return Buffer.from(value).toString('hex');
  return verb === 'q' && typeof value === 'string' ? JSON.stringify(value) : undefined;
}

function floatText(value: number, verb: string, places?: number): string | undefined {
  const toCase = (text: string) => (verb === verb.toUpperCase() ? text.toUpperCase() : text);
  if (!Number.isFinite(value)) return 'fFgGeEv'.includes(verb) ? plainText(value) : undefined;
  switch (verb.toLowerCase()) {
    case 'f':
      return fixedText(value, places ?? 6);
    case 'e':
      return toCase(exponentialText(value, places ?? 6));
    case 'g':
    case 'v':
      return toCase(places === undefined ? plainText(value) : significantText(value, places || 1));
    default:
      return undefined;
  }
}

function wholeText(value: bigint, verb: string): string | undefined {
  if (verb === 'd') return String(value);
  if (verb === 'x') return value.toString(16);
  return verb === 'X' ? value.toString(16).toUpperCase() : undefined;
}

function signed(text: string, value: TemplateValue, flags: string): string {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (!isNumber || /^[+-]/.test(text) || text === 'NaN') return text;
  if (flags.includes('+')) return `+${text}`;
  return flags.includes(' ') ? ` ${text}` : text;
}

function padded(
  text: string,
  { value, flags, width }: { value: TemplateValue; flags: string; width: number },
): string {
  const fill = width - [...text].length;
  if (fill <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(fill);
  const takesZeros = typeof value === 'bigint' || Number.isFinite(value);
  if (!flags.includes('0') || !takesZeros) return ' '.repeat(fill) + text;
  const [, sign = '', digits = ''] = /^([+ -]?)([^]*)$/.exec(text) ?? [];
  return sign + '0'.repeat(fill) + digits;
}
