import { describe, expect, it } from 'vitest';
import { ecsFormat } from '../../../lib/logging/encode/ecs.format.js';
import { LogRecord } from '../../../lib/logging/log-record.js';
import { encodeLogsJson } from '../../../lib/logging/sinks/otlp-logs.format.js';

const recordWith = (fields: object) =>
  new LogRecord({
    timeMs: 0,
    level: 'info',
    target: 'shop',
    message: 'm',
    fieldsText: JSON.stringify(fields),
  });

const ecs = (fields: object) =>
  JSON.parse(ecsFormat().line(recordWith(fields))) as Record<string, unknown>;

function otlp(fields: object): unknown {
  const body = JSON.parse(Buffer.from(encodeLogsJson([recordWith(fields)], {})).toString()) as {
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ attributes: unknown }] }] }];
  };
  return body.resourceLogs[0].scopeLogs[0].logRecords[0].attributes;
}

describe('the source of a line', () => {
  it('The Elastic Common Schema has it as log.origin', () => {
    const line = ecs({ source: { file: 'src/shop.ts', line: 7, function: 'Shop.sell' }, n: 1 });
    const origin = { file: { name: 'src/shop.ts', line: 7 }, function: 'Shop.sell' };
    expect(line).toMatchObject({ 'log.origin': origin, labels: { n: 1 } });
    expect(line['labels']).toEqual({ n: 1 });
    const withoutFunction = ecs({ source: { file: 'main.js', line: 1 } });
    expect(withoutFunction['log.origin']).toEqual({ file: { name: 'main.js', line: 1 } });
  });

  it('OTLP has it as the code attributes of the semantic conventions', () => {
    const path = { key: 'code.file.path', value: { stringValue: 'src/shop.ts' } };
    const number = { key: 'code.line.number', value: { intValue: '7' } };
    const name = { key: 'code.function.name', value: { stringValue: 'Shop.sell' } };
    const source = { file: 'src/shop.ts', line: 7 };
    expect(otlp({ source: { ...source, function: 'Shop.sell' } })).toEqual([path, number, name]);
    expect(otlp({ source })).toEqual([path, number]);
  });

  it.each(['import.csv', { file: 3, line: 7 }, { file: 'a' }])(
    'A field of the application that is called source stays a field: %j',
    (source) => {
      const text = typeof source === 'string' ? source : JSON.stringify(source);
      expect(ecs({ source })['labels']).toEqual({ source: text });
      expect(otlp({ source })).toMatchObject([{ key: 'source' }]);
    },
  );
});
