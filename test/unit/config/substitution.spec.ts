import { describe, expect, it } from 'vitest';
import { substitute } from '../../../lib/config/substitution.format.js';
import { readYaml } from '../../../lib/config/yaml-file.js';

const env = {
  STRING_VALUE: 'value',
  BOOL_VALUE: 'true',
  INT_VALUE: '1',
  FLOAT_VALUE: '1.1',
  HEX_VALUE: '0xdeadbeef',
  INVALID_MAP_VALUE: 'value\nkey:value',
  DO_NOT_REPLACE_ME: 'Never use this value',
  REPLACE_ME: '${DO_NOT_REPLACE_ME}',
  VALUE_WITH_ESCAPE: 'value$$',
  EMPTY: '',
};

async function valueOf(text: string): Promise<unknown> {
  return (await readYaml(text, { file: 'test.yaml', env })).value;
}

// The table of https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution
const table: [yaml: string, expected: unknown][] = [
  ['key: ${STRING_VALUE}', 'value'],
  ['key: ${BOOL_VALUE}', true],
  ['key: ${INT_VALUE}', 1],
  ['key: ${FLOAT_VALUE}', 1.1],
  ['key: ${HEX_VALUE}', 0xde_ad_be_ef],
  ['key: "${STRING_VALUE}"', 'value'],
  ['key: "${BOOL_VALUE}"', 'true'],
  ['key: "${INT_VALUE}"', '1'],
  ['key: "${FLOAT_VALUE}"', '1.1'],
  ['key: "${HEX_VALUE}"', '0xdeadbeef'],
  ['key: ${env:STRING_VALUE}', 'value'],
  ['key: ${INVALID_MAP_VALUE}', 'value\nkey:value'],
  ['key: foo ${STRING_VALUE} ${FLOAT_VALUE}', 'foo value 1.1'],
  ['key: ${UNDEFINED_KEY}', undefined],
  ['key: ${UNDEFINED_KEY:-fallback}', 'fallback'],
  ['key: ${REPLACE_ME}', '${DO_NOT_REPLACE_ME}'],
  ['key: ${UNDEFINED_KEY:-${STRING_VALUE}}', '${STRING_VALUE}'],
  ['key: $${STRING_VALUE}', '${STRING_VALUE}'],
  ['key: $$${STRING_VALUE}', '$value'],
  ['key: $$$${STRING_VALUE}', '$${STRING_VALUE}'],
  ['key: $${STRING_VALUE:-fallback}', '${STRING_VALUE:-fallback}'],
  ['key: $${STRING_VALUE:-${STRING_VALUE}}', '${STRING_VALUE:-value}'],
  ['key: ${UNDEFINED_KEY:-$${UNDEFINED_KEY}}', '${UNDEFINED_KEY:-${UNDEFINED_KEY}}'],
  ['key: ${VALUE_WITH_ESCAPE}', 'value$$'],
  ['key: a $$ b', 'a $ b'],
  ['key: a $ b', 'a $ b'],
];

describe('the substitution of environment variables', () => {
  it.each(table)('The line %j of the specification has its value', async (yaml, expected) => {
    expect(await valueOf(yaml)).toEqual({ key: expected });
  });

  it('A reference in a key stays text', async () => {
    expect(await valueOf('${STRING_VALUE}: value')).toEqual({ '${STRING_VALUE}': 'value' });
  });

  it.each(['${STRING_VALUE:?error}', '${1A}', '${A B}', '${}', '${env:}', '${A-B}'])(
    'The reference %s is refused with its place',
    async (reference) => {
      await expect(valueOf(`a: 1\nkey: ${reference}`)).rejects.toMatchObject({
        code: 'OBS_CONFIG_FILE',
        problems: [{ at: 'test.yaml:2:6' }],
      });
    },
  );

  it('An empty variable counts as one that is not set', async () => {
    expect(await valueOf('a: ${EMPTY:-other}\nb: ${EMPTY}')).toEqual({ a: 'other' });
  });

  it('A default value is typed as a plain text is, and keeps its spaces', async () => {
    const yaml = 'a: ${NONE:-12}\nb: "${NONE:-12}"\nc: ${NONE:-off and on}\nd: ${NONE:-}';
    expect(await valueOf(yaml)).toEqual({ a: 12, b: '12', c: 'off and on' });
  });

  it('A variable with the name of an inherited member is not set', () => {
    expect(substitute('${constructor}|${__proto__:-x}', {})).toMatchObject({ text: '|x' });
  });

  it('A value in a block, a list and an alias is substituted', async () => {
    const yaml = 'a: &a ${INT_VALUE}\nb: [*a, "${STRING_VALUE}"]\nc: |\n  ${STRING_VALUE}\n';
    expect(await valueOf(yaml)).toEqual({ a: 1, b: [1, 'value'], c: 'value\n' });
  });
});
