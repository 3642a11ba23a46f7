import { createNoopMeter, metrics } from '@opentelemetry/api';
import { ObservabilityMeterProvider } from './meter-provider.js';
import { type MeterSlot, meterSlot } from './meter-slot.js';

/**
 * Registers the library's `MeterProvider` with OpenTelemetry, unless another one is registered. The provider of a process
 * is always the same, so that instruments outlive an application.
 *
 * @returns Removes the registration; `undefined` when nothing was registered.
 */
export function registerMeter(): (() => void) | undefined {
  const slot = meterSlot();
  if (slot.isRegistered === true) return undefined;
  const provider = (slot.provider ??= new ObservabilityMeterProvider());
  const other = registeredProvider();
  slot.otherProvider = other;
  if (other !== undefined || !metrics.setGlobalMeterProvider(provider)) return undefined;
  slot.isRegistered = true;
  provider.expectApplication();
  const unwatch = watchNoopInstruments(slot);
  return () => {
    unwatch();
    slot.isRegistered = false;
    metrics.disable();
  };
}

/** Returns the class name of the registered provider; `undefined` without one, or for one that does nothing. */
function registeredProvider(): string | undefined {
  const provider = metrics.getMeterProvider();
  if (provider.getMeter('eventcore') === createNoopMeter()) return undefined;
  return provider.constructor.name;
}

/**
 * Counts the calls of instruments that OpenTelemetry handed out before the provider was registered. All of them are the
 * same few objects of its API.
 */
function watchNoopInstruments(slot: MeterSlot): () => void {
  slot.lostCalls = 0;
  const meter = createNoopMeter();
  const watched = [
    [meter.createCounter(''), 'add'],
    [meter.createUpDownCounter(''), 'add'],
    [meter.createHistogram(''), 'record'],
    [meter.createGauge(''), 'record'],
    [meter.createObservableCounter(''), 'addCallback'],
    [meter.createObservableGauge(''), 'addCallback'],
    [meter.createObservableUpDownCounter(''), 'addCallback'],
  ] as const;
  for (const [instrument, method] of watched) {
    const value = () => void (slot.lostCalls = (slot.lostCalls ?? 0) + 1);
    Object.defineProperty(instrument, method, { value, configurable: true });
  }
  return () => {
    for (const [instrument, method] of watched) Reflect.deleteProperty(instrument, method);
  };
}
