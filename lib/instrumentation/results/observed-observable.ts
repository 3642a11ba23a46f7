import {
  AsyncSubject,
  BehaviorSubject,
  Observable,
  ReplaySubject,
  Subject,
  Subscriber,
} from 'rxjs';
import { type CallRecorder, OpenCall } from '../calls/call-recorder.js';
import { type Method, methodsOf, transparentProxyOf } from '../calls/transparent-proxy.js';

/**
 * Observes a handler's Observable: one observation per subscription, from subscribe to complete,
 * error or unsubscribe. The result is unchanged in every other respect: a Subject remains a
 * Subject.
 */
export function observeObservable(source: Observable<unknown>, recorder: CallRecorder): unknown {
  const observed = new Observable<unknown>((subscriber) =>
    subscribe(source, recorder.again(), subscriber),
  );
  if (isPlainObservable(source)) return observed;
  const generic = genericMethods(source);
  return transparentProxyOf(source, {
    shape: 'observable',
    isGeneric: (method) => generic.has(method),
    isObserved: (property) => property === 'subscribe',
    invoke: (property, method, args) =>
      property === 'subscribe'
        ? Reflect.apply(observed.subscribe as Method, observed, args)
        : Reflect.apply(method, source, args),
  });
}

const OWN_KEYS: ReadonlySet<PropertyKey> = new Set(['_subscribe', 'source', 'operator']);

/** Returns true for an Observable that differs from others in its subscriptions only: a new one may take its place. */
function isPlainObservable(source: object): boolean {
  return (
    Object.getPrototypeOf(source) === Observable.prototype &&
    Reflect.ownKeys(source).every((key) => OWN_KEYS.has(key))
  );
}

function subscribe(
  source: Observable<unknown>,
  recorder: CallRecorder,
  subscriber: Subscriber<unknown>,
): void {
  const call = new OpenCall(recorder, recorder.start());
  recorder.streaming?.();
  const observed = new ObservedSubscriber(subscriber, call);
  call.run(() => source.subscribe(observed));
}

/**
 * Subscriber between a source and its consumer. It is part of the chain: a separate one would learn of an unsubscription
 * only after `subscribe` returns, which never happens for a synchronous infinite source.
 */
/* oxlint-disable no-underscore-dangle -- the names of rxjs */
class ObservedSubscriber extends Subscriber<unknown> {
  readonly #call: OpenCall;
  #last: unknown;

  constructor(destination: Subscriber<unknown>, call: OpenCall) {
    super(destination);
    this.#call = call;
    if (this.closed) call.succeed(undefined);
  }

  override unsubscribe(): void {
    // Before the teardown of the source, which may throw. A consumer that has ended already unsubscribes in `super`.
    if (#call in this) this.#call.succeed(this.#last);
    super.unsubscribe();
  }

  protected override _next(value: unknown): void {
    this.#last = value;
    this.#call.seen(value);
    super._next(value);
  }

  protected override _error(error: unknown): void {
    this.#call.fail(error);
    super._error(error);
  }

  protected override _complete(): void {
    this.#call.succeed(this.#last);
    super._complete();
  }
}
/* oxlint-enable no-underscore-dangle */

const ownGenericMethods: ReadonlySet<unknown> = new Set(
  [Observable, Subject, BehaviorSubject, ReplaySubject, AsyncSubject].flatMap((it) => [
    ...methodsOf(it.prototype as object),
  ]),
);

/** Returns the methods of rxjs; for another copy of rxjs, those of its `Observable`. */
function genericMethods(source: object): ReadonlySet<unknown> {
  return source instanceof Observable ? ownGenericMethods : methodsOf(rootOf(source));
}

function rootOf(source: object): object {
  const parent = Object.getPrototypeOf(source) as object | null;
  return parent === null || parent === Object.prototype ? source : rootOf(parent);
}
