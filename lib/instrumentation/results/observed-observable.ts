import {
  AsyncSubject,
  BehaviorSubject,
  Observable,
  ReplaySubject,
  Subject,
  type Subscriber,
  tap,
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

function subscribe(
  source: Observable<unknown>,
  recorder: CallRecorder,
  subscriber: Subscriber<unknown>,
): void {
  const call = new OpenCall(recorder, recorder.start());
  let last: unknown;
  recorder.streaming?.();
  // Not `tap`, which does not finalize when the teardown of the source throws.
  subscriber.add(() => call.succeed(last));
  // The source subscribes a subscriber of this chain. A separate one would learn of an
  // unsubscription only after `subscribe` returns, which never happens for a synchronous infinite
  // source.
  new Observable<unknown>((inner) => call.run(() => source.subscribe(inner)))
    .pipe(
      tap({
        next: (value) => {
          last = value;
          call.seen(value);
        },
        error: (error: unknown) => call.fail(error),
        complete: () => call.succeed(last),
      }),
    )
    .subscribe(subscriber);
}

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
