// config.schema.json: the options of a configuration file, for editors and for checks without the library.
import { loadSource } from './library.mjs';
import { memberAt, rootOf } from './options.mjs';
import { commentOf, tagOf } from './public-api.mjs';

/** Interfaces of the options below a path. */
const TYPES = {
  module: ['ObservabilityOptions', 'ObservabilityModuleExtras'],
  'exporters[].otlp': ['OtlpMetricsOptions'],
  'exporters[].statsd': ['StatsdOptions'],
  telemetry: ['TelemetryOptions'],
  'telemetry.exporters[].otlp': ['OtlpExporterOptions'],
  'telemetry.exporters[].jaeger': ['OtlpExporterOptions'],
  'telemetry.exporters[].zipkin': ['ZipkinExporterOptions'],
  'telemetry.exporters[].console': ['ConsoleExporterOptions'],
  logging: ['LoggingOptions'],
  'logging.sinks[].console': ['ConsoleSinkOptions'],
  'logging.sinks[].file': ['FileSinkOptions'],
  'logging.sinks[].elasticsearch': ['ElasticsearchSinkOptions'],
  'logging.sinks[].loki': ['LokiSinkOptions'],
  'logging.sinks[].otlp': ['OtlpSinkOptions'],
  history: ['HistoryOptions'],
  performance: ['PerformanceOptions'],
  alerts: ['AlertingOptions'],
  'alerts.receivers[].webhook': ['WebhookOptions'],
  'alerts.receivers[].slack': ['SlackOptions'],
  'alerts.receivers[].pagerDuty': ['PagerDutyOptions'],
  'alerts.receivers[].email': ['EmailOptions'],
  'alerts.receivers[].alertmanager': ['AlertmanagerOptions'],
  'alerts.receivers[].heartbeat': ['HeartbeatOptions'],
  'alerts.receivers[].log': ['AlertReceiverOptions'],
  livePage: ['LivePageOptions'],
  profiling: ['ProfilingOptions'],
  otelMetrics: ['OtelMetricsOptions'],
  databases: ['DatabasesOptions'],
};

const SUBSTITUTED = { $ref: '#/$defs/substituted' };

/** The text of the schema. */
export async function configSchema(api) {
  const { fileDescription } = await loadSource('lib/config/file-description.ts');
  const writer = new SchemaWriter(api);
  const { sampler } = fileDescription.members.telemetry.members;
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of @eventcore/nestjs-observability',
    ...writer.of(fileDescription, ''),
    $defs: {
      sampler: writer.of(sampler, 'telemetry.sampler'),
      substituted: {
        description: 'A text with a variable of the environment, such as ${NAME:-default}.',
        type: 'string',
        pattern: String.raw`\$\{`,
      },
    },
  };
  return JSON.stringify(schema, undefined, 2);
}

class SchemaWriter {
  #api;

  constructor(api) {
    this.#api = api;
  }

  of(description, path) {
    const shown = this.#shown(description, path);
    return { ...shown, ...this.#accepted(description, path) };
  }

  #shown({ rule }, path) {
    const types = Object.entries(TYPES)
      .filter(([prefix]) => path.startsWith(`${prefix}.`) && !/(?:\[\]|\*)$/.test(path))
      .toSorted(([one], [other]) => other.length - one.length)[0];
    const text = types === undefined ? '' : this.#comment(types, path);
    return { description: text || `Must be ${rule}.` };
  }

  #comment([prefix, names], path) {
    const steps = path.slice(prefix.length + 1).split(/\.|(?=\[\])/);
    for (const { checker, type } of names.map((it) => rootOf(this.#api, it))) {
      const symbol = memberAt({ checker, types: [type] }, steps);
      if (symbol === undefined) continue;
      const fallback = tagOf(checker, symbol, 'defaultValue');
      return `${commentOf(checker, symbol)}${fallback ? ` Default: ${fallback}` : ''}`;
    }
    return '';
  }

  #accepted(description, path) {
    switch (description.kind) {
      case 'value':
        return orSubstituted(fromSchema(description.schema));
      case 'list':
        return this.#list(description, path);
      case 'record':
        return {
          type: 'object',
          propertyNames: fromSchema(description.key.schema),
          additionalProperties: this.of(description.value, `${path}.*`),
        };
      case 'variant':
        return this.#variant(description, path);
      case 'deferred':
        return { $ref: '#/$defs/sampler' };
      case 'group':
        return this.#or(description, this.#group(description, path));
    }
  }

  #list({ item, atLeast, single }, path) {
    const items = this.of(item, `${path}[]`);
    const array = { type: 'array', items, ...(atLeast > 0 && { minItems: atLeast }) };
    return single === true ? { anyOf: [array, items] } : array;
  }

  #group({ members, or }, path) {
    const names = Object.keys(members);
    const isNamedPart = or?.type === 'picklist' && or.options.join() === names.join();
    const properties = names.map((name) => {
      const own = this.of(members[name], path === '' ? name : `${path}.${name}`);
      return [name, members[name].required === true ? own : orNothing(own)];
    });
    const required = names.filter((it) => members[it].required === true);
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      additionalProperties: false,
      ...(required.length > 0 && { required }),
      ...(isNamedPart && { minProperties: 1, maxProperties: 1 }),
    };
  }

  #variant({ by, among, or }, path) {
    const groups = Object.entries(among).map(([name, group]) => {
      const { properties, required = [], ...rest } = this.#group(group, path);
      const selector = { [by]: { const: name } };
      return { ...rest, properties: { ...selector, ...properties }, required: [by, ...required] };
    });
    return { anyOf: [...(or === undefined ? [] : [orSubstituted(fromSchema(or))]), ...groups] };
  }

  #or({ or }, group) {
    return or === undefined ? group : { anyOf: [orSubstituted(fromSchema(or)), group] };
  }
}

/** An omitted value may be written as an empty one. */
function orNothing({ description, ...schema }) {
  return { description, anyOf: [...(schema.anyOf ?? [schema]), { type: 'null' }] };
}

function orSubstituted(schema) {
  return { anyOf: [...(schema.anyOf ?? [schema]), SUBSTITUTED] };
}

const CODE_ONLY = new Set(['function', 'custom', 'instance', 'symbol']);

/** A schema of valibot as JSON Schema; what only code can have is left out. */
function fromSchema(schema) {
  const [inner, ...checks] = schema.pipe ?? [];
  if (inner === undefined) return fromType(schema);
  return Object.assign(fromSchema(inner), ...checks.map((it) => fromCheck(it, schema.type)));
}

function fromType(schema) {
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
      return { type: schema.type };
    case 'literal':
      return { const: schema.literal };
    case 'picklist':
      return { enum: schema.options };
    case 'array':
      return { type: 'array', items: fromSchema(schema.item) };
    case 'union': {
      const options = schema.options.filter(({ type }) => !CODE_ONLY.has(type));
      return options.length === 1 ? fromSchema(options[0]) : { anyOf: options.map(fromSchema) };
    }
    case 'strict_object':
      return {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(schema.entries).map(([name, it]) => [name, fromSchema(it)]),
        ),
        required: Object.keys(schema.entries),
        additionalProperties: false,
      };
    default:
      throw new Error(`A file cannot have a value of the schema ${schema.type}.`);
  }
}

function fromCheck({ type, requirement }, of) {
  switch (type) {
    case 'integer':
      return { type: 'integer' };
    case 'min_value':
      return { minimum: requirement };
    case 'max_value':
      return { maximum: requirement };
    case 'gt_value':
      return { exclusiveMinimum: requirement };
    case 'min_length':
      return of === 'array' ? { minItems: requirement } : { minLength: requirement };
    case 'max_length':
      return of === 'array' ? { maxItems: requirement } : { maxLength: requirement };
    case 'regex':
      return { pattern: requirement.source };
    default:
      // A predicate; only the library can check it.
      return {};
  }
}
