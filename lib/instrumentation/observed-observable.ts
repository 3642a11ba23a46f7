import { Observable, type Observer } from 'rxjs';
import { type CallRecorder, OpenCall } from './call-recorder.js';

/**
 * A handler's Observable, observed: one observation per subscription, from subscribe to complete, error or unsubscribe.
 * It stays what it was in every other respect: a Subject is still a Subject.
 */
export function observeObservable(source: Observable<unknown>, recorder: CallRecorder): unknown {
  const observed = new Observable<unknown>((subscriber) => subscribe(source, recorder, subscriber));
  return new Proxy(source, {
    get(target, property, receiver) {
      if (property === 'subscribe') return observed.subscribe.bind(observed);
      return Reflect.get(target, property, receiver) as unknown;
    },
  });
}

function subscribe(
  source: Observable<unknown>,
  recorder: CallRecorder,
  subscriber: Observer<unknown>,
): () => void {
  const call = new OpenCall(recorder, recorder.start());
  let last: unknown;
  const subscription = source.subscribe({
    next: (value) => {
      last = value;
      subscriber.next(value);
    },
    error: (error: unknown) => {
      call.fail(error);
      subscriber.error(error);
    },
    complete: () => {
      call.succeed(last);
      subscriber.complete();
    },
  });
  return () => {
    subscription.unsubscribe();
    call.succeed(last);
  };
}
