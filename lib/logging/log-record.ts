import type { SafeJson } from './encode/safe-json.js';
import type { LogLevel } from './log-level.js';

/** Ids of the span that a line belongs to. */
export interface LineSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}

/** Content of a line. Nothing in it holds a secret. */
export interface RecordContent {
  /** Unix time in milliseconds. */
  readonly timeMs: number;
  /** Severity. */
  readonly level: LogLevel;
  /** Origin of the line: `eventcore::command`, the context of a Nest logger. */
  readonly target: string;
  /** Message, redacted. */
  readonly message: string;
  /** Fields as a JSON object. */
  readonly fieldsText: string;
  /** Span that the line belongs to. */
  readonly span?: LineSpan | undefined;
  /** Members of the innermost scope as JSON without its braces; empty outside of scopes. */
  readonly scopeText?: string | undefined;
  /** Scopes as JSON objects, the root first, where they are wanted. */
  readonly scopesText?: string | undefined;
}

/** Turns a record into one line, without the line break. */
export interface LogFormat {
  /** Name of the format: `json`. */
  readonly name: string;
  /** Returns the line of a record. */
  line(record: LogRecord): string;
}

/** One line before it is formatted. Sinks with the same format share the text. */
export class LogRecord implements RecordContent {
  readonly timeMs: number;
  /** {@inheritDoc RecordContent.level} */
  readonly level: LogLevel;
  readonly target: string;
  /** {@inheritDoc RecordContent.message} */
  readonly message: string;
  readonly fieldsText: string;
  /** {@inheritDoc RecordContent.span} */
  readonly span: LineSpan | undefined;
  readonly scopeText: string;
  readonly scopesText: string | undefined;
  #format: LogFormat | undefined;
  #text = '';

  constructor(content: RecordContent) {
    this.timeMs = content.timeMs;
    this.level = content.level;
    this.target = content.target;
    this.message = content.message;
    this.fieldsText = content.fieldsText;
    this.span = content.span;
    this.scopeText = content.scopeText ?? '';
    this.scopesText = content.scopesText;
  }

  /** Returns the line in a format, made once. */
  text(format: LogFormat): string {
    if (this.#format === format) return this.#text;
    const text = format.line(this);
    if (this.#format === undefined) {
      this.#format = format;
      this.#text = text;
    }
    return text;
  }

  /** @internal Returns the record without what is secret by further rules. */
  redacted(json: Pick<SafeJson, 'fields' | 'text'>): LogRecord {
    const { fields, scope } = this.parsed();
    const { scopesText } = this;
    return new LogRecord({
      ...this,
      message: json.text(this.message),
      fieldsText: json.fields(fields),
      scopeText: json.fields(scope).slice(1, -1),
      scopesText: scopesText && json.fields(JSON.parse(`[${scopesText}]`)).slice(1, -1),
    });
  }

  /** Fields and members of the scope as objects. */
  parsed(): { fields: Record<string, unknown>; scope: Record<string, unknown> } {
    const fields = JSON.parse(this.fieldsText) as Record<string, unknown>;
    const scope = JSON.parse(`{${this.scopeText}}`) as Record<string, unknown>;
    return { fields, scope };
  }
}
