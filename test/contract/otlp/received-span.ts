/** A value of an attribute, as a receiver reads it. */
type ReceivedValue = string | number | boolean | ReceivedValue[] | undefined;

/** Attributes by name. */
type ReceivedAttributes = Readonly<Record<string, ReceivedValue>>;

/** A span as it arrived, the same for every protocol: ids in hex, times in nanoseconds as text. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly flags: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: ReceivedAttributes;
  readonly events: readonly { readonly name: string; readonly attributes: ReceivedAttributes }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: ReceivedAttributes;
  }[];
  /** Code: 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string };
  readonly scope: { readonly name: string; readonly version: string };
  readonly resource: ReceivedAttributes;
}

/** An `ExportTraceServiceRequest` as plain data, ids in hex. */
export interface ExportRequest {
  readonly resourceSpans?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly spans?: readonly WireSpan[];
    }[];
  }[];
}

interface KeyValue {
  readonly key: string;
  readonly value?: {
    readonly stringValue?: string;
    readonly boolValue?: boolean;
    readonly intValue?: string | number;
    readonly doubleValue?: number;
    readonly arrayValue?: { readonly values?: readonly KeyValue['value'][] };
  };
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind?: number;
  readonly flags?: number;
  readonly startTimeUnixNano?: string | number;
  readonly endTimeUnixNano?: string | number;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly {
    readonly name?: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** Every span of a request. */
export function spansOf(request: ExportRequest): ReceivedSpan[] {
  return (request.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope = {}, spans = [] }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        name: span.name,
        kind: span.kind ?? 0,
        flags: span.flags ?? 0,
        startTimeUnixNano: String(span.startTimeUnixNano ?? 0),
        endTimeUnixNano: String(span.endTimeUnixNano ?? 0),
        attributes: attributesOf(span.attributes),
        events: (span.events ?? []).map((it) => ({
          name: it.name ?? '',
          attributes: attributesOf(it.attributes),
        })),
        links: (span.links ?? []).map((it) => ({
          traceId: it.traceId,
          spanId: it.spanId,
          attributes: attributesOf(it.attributes),
        })),
        status: { code: span.status?.code ?? 0, message: span.status?.message ?? '' },
        scope: { name: scope.name ?? '', version: scope.version ?? '' },
        resource: attributesOf(resource?.attributes),
      })),
    ),
  );
}

function attributesOf(pairs: readonly KeyValue[] = []): ReceivedAttributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(value: KeyValue['value']): ReceivedValue {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(valueOf);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue;
}
