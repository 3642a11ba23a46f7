import type { Mail } from './mail.js';

/** Keeps mails until they are sent. */
export abstract class MailQueue {
  abstract add(mail: Mail): Promise<void>;
}
