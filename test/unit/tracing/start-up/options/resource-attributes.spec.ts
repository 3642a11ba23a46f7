import { describe, expect, it } from 'vitest';
import { detectAttributes } from '../../../../../lib/tracing/start-up/options/resource-attributes.js';

describe('detected attributes of the resource', () => {
  it('Detected attributes of the resource tell host and process', () => {
    expect(detectAttributes({ host: true, process: true })).toEqual({
      'host.name': expect.stringMatching(/./),
      'host.arch': expect.stringMatching(/./),
      'os.type': process.platform,
      'process.pid': process.pid,
      'process.executable.name': 'node',
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
      'service.instance.id': expect.stringMatching(/^[\da-f-]{36}$/),
    });
  });

  it('Detected attributes of the resource hold no argument, no variable and no user of the process', () => {
    process.argv.push('--password=hunter2');
    process.env['SECRET_TOKEN'] = 'hunter3';
    const text = JSON.stringify(detectAttributes({ host: true, process: true }));
    process.argv.pop();
    delete process.env['SECRET_TOKEN'];
    expect(text).not.toMatch(/hunter|command|owner/);
  });

  it.each([
    [{ host: false, process: true }, 'host.name', 'process.pid'],
    [{ host: true, process: false }, 'process.pid', 'host.name'],
  ])('The detector variable %j leaves out %s and keeps %s', (detectors, out, in_) => {
    const attributes = detectAttributes(detectors);
    expect(attributes).not.toHaveProperty([out]);
    expect(attributes).toHaveProperty([in_]);
  });
});
