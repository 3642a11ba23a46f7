import { readFile } from 'node:fs/promises';
import { errorKind } from '../../kernel/faults.js';
import type { GroupCheck } from '../../options/description.js';
import { NotificationError } from './alert-receiver.js';

/** Reads a secret: the given one, or that of a file, which is read for each notification, so that it may change. */
export async function secretOf(
  value: string | undefined,
  file: string | undefined,
): Promise<string> {
  if (value !== undefined) return value;
  try {
    return (await readFile(file ?? '', 'utf8')).trim();
  } catch (error) {
    const kind = errorKind(error);
    throw new NotificationError(`the file of the secret cannot be read (${kind})`, { code: kind });
  }
}

/** Rule that an option has a value or a file, and not both. */
export function eitherOf(name: string, file: string, isRequired = true): GroupCheck {
  return {
    at: name,
    rule: isRequired
      ? `or ${file} must be set, and not both`
      : `and ${file} must not be set together`,
    remedy: `Pass one of ${name} and ${file}.`,
    holds: (it) => {
      const given = [it[name], it[file]].filter((value) => value !== undefined).length;
      return given === 1 || (!isRequired && given === 0);
    },
  };
}
