import type { CommandOption } from '../../command.js';

/** Options of commands that evaluate rules. */
export const ruleOptions = {
  config: {
    type: 'string',
    value: 'FILE',
    summary: 'Configuration file with a section alerts; default: OBSERVABILITY_CONFIG_FILE',
  },
  rules: {
    type: 'string',
    value: 'FILE',
    summary: 'Rule file of Prometheus; may be repeated',
    multiple: true,
  },
  set: {
    type: 'string',
    value: 'ALERT.NAME=VALUE',
    summary: 'Parameter of a shipped alert; may be repeated',
    multiple: true,
  },
  namespace: { type: 'string', value: 'WORD', summary: 'First word of the metric names' },
} as const satisfies Readonly<Record<string, CommandOption>>;
