import type { HandlerKind } from '../kernel/handler-kind.js';
import { outcomes } from '../kernel/errors/error-classification.js';
import { messageMetrics } from '../metrics/catalogue/integrations/messages.js';
import { CallMetrics } from '../metrics/recorders/call-metrics.js';
import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';

/** Side of a message on which a process is. */
export type MessageSide = 'server' | 'client';

const kind: HandlerKind = {
  name: 'message',
  nameLabel: 'pattern',
  fixedLabels: { transport: undefined, side: 'server' },
  handlerLabels: false,
  naming: 'method',
  binding: 'lazy',
  onDemand: true,
  outcomes,
  errorSource: 'message',
  drain: 'messages',
  span: {
    prefix: 'message',
    kind: 'consumer',
    attributes: { transport: 'message.transport', pattern: 'message.pattern' },
    origin: 'context',
  },
  lines: {
    level: 'debug',
    success: 'Message handled',
    rejected: 'Message rejected',
    failure: 'Message failed',
    retried: 'Message attempt failed',
  },
  words: { decorator: '@MessagePattern, @SubscribeMessage or @OnEvent', plural: 'messages' },
};

/** Kind of messages. It has no decorator: messages are found by the metadata of their packages. */
export const messageKind: MeasuredKind<CallMetrics> = {
  ...kind,
  metrics: messageMetrics,
  measure: (deps) => new CallMetrics(deps, { ...messageKind, metrics: messageMetrics }),
};
