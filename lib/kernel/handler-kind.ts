import type { Outcome } from './errors/error-classification.js';

/** Spans of one kind of handlers. */
interface KindSpans {
  /**
   * First word of the span names, before the fixed labels and the name, and of the outcome attributes: `job` in
   * `job mail welcome` and `job.outcome`.
   */
  readonly prefix: string;
  /** OpenTelemetry's kind of the spans. */
  readonly kind: 'internal' | 'consumer' | 'producer';
  /** Attribute names by label name: the name label, and any of the fixed labels. */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * Origin of a span: the active context, or the producer of the event that is the handler's first argument. `carried`
   * is that producer whatever is active: work without a known producer starts a trace, and with `known` it has no span.
   * `links` starts a trace with links to the spans of the first argument, which is a `LinkedSpans`.
   */
  readonly origin: 'context' | 'event' | 'carried' | 'known' | 'links';
  /** Adds how far the projection of that name is. @defaultValue false */
  readonly progress?: boolean;
  /** Attribute with the identity of the message: the option `id`, or the property `commandId` of the first argument. */
  readonly idAttribute?: string;
  /** Adds type, id and position of the event that is the first argument. @defaultValue true */
  readonly identifiesEvent?: boolean;
  /** Counts the events that the call appends to event stores. @defaultValue false */
  readonly countsAppendedEvents?: boolean;
}

/** Messages of the log lines of one kind of handlers. */
export interface KindLines {
  /** Level of the line about a success. */
  readonly level: 'info' | 'debug';
  /** Message at the beginning of a call, at debug level. @defaultValue none */
  readonly started?: string;
  readonly success: string;
  /** Message about a batch of events. @defaultValue the message about a success */
  readonly batch?: string;
  /** @defaultValue the message about a failure */
  readonly rejected?: string;
  readonly failure: string;
  /** Message about an attempt that another one follows. */
  readonly retried: string;
}

/** Names by which messages to the reader refer to a kind. */
interface KindWords {
  /** The decorator: `@Command`. */
  readonly decorator: string;
  /** Plural of the name: `commands`. */
  readonly plural: string;
  /** Plugin that adds the kind to an application: `jobs()`. @defaultValue every application has the kind */
  readonly plugin?: string;
  /** Method of the service that records a call by hand: `startCommand()`. */
  readonly byHand?: string;
  /** Calls by hand that have the effect of an option, by option: a clause in the negative. */
  readonly optionsByHand?: Readonly<Record<string, string>>;
}

/**
 * A kind of work that handlers do, such as handling commands. Everything that differs between kinds is in its definition;
 * it is read when a handler is decorated or bound, never per call.
 */
export interface HandlerKind {
  /** Name of the kind, unique in an application: `command`. */
  readonly name: string;
  /** Label with the name of the handler: `command_type`. */
  readonly nameLabel: string;
  /**
   * Labels with one value per handler: the handler option of the same name, or else this value. `undefined` requires the
   * option.
   *
   * @defaultValue none
   */
  readonly fixedLabels?: Readonly<Record<string, string | undefined>>;
  /** True if the metrics have the application's `handlerLabels`. */
  readonly handlerLabels: boolean;
  /**
   * Name of a handler without the option `name`: the class of its first parameter, else `Class.method`; always
   * `Class.method`; or its own class, so that the methods of one class are one handler.
   */
  readonly naming: 'message' | 'method' | 'class';
  /** Handlers are bound while the application starts, or by the first call. */
  readonly binding: 'start' | 'lazy';
  /** True if the metrics are registered with the first handler, not with the application. @defaultValue false */
  readonly onDemand?: boolean;
  /** Outcomes in the metrics; a rejection is a failure where `rejected` is not among them. */
  readonly outcomes: readonly Outcome[];
  /** Value of the label `source` of the error metrics. */
  readonly errorSource: string;
  /** Name of the calls under way in the log of a drain. */
  readonly drain: string;
  readonly span: KindSpans;
  /** Log lines, where the application writes them. @defaultValue at debug level, with messages made from the name */
  readonly lines?: KindLines;
  readonly words: KindWords;
}
