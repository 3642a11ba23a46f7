import { describeApiCopies } from './api-copies.js';
import { telemetrySlot } from '../telemetry-slot.js';

/**
 * Warns about several versions of `@opentelemetry/api`, unless the process has been warned in the same words: those
 * who start telemetry and those who only import the module look for them both.
 */
export function reportApiCopies(warn: (message: string) => void): void {
  const copies = describeApiCopies();
  const slot = telemetrySlot();
  if (copies === undefined || slot.reportedCopies === copies) return;
  slot.reportedCopies = copies;
  warn(copies);
}
