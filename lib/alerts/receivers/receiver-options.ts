import { type MembersOf, option, record } from '../../options/description.js';
import { flag, matching, text } from '../../options/standard-options.js';

const MOST_PATH = 4_096;

/** Address of the web. */
export const WEB_ADDRESS = /^https?:\/\/[^\s/?#]+[^\s]*$/;

/** Options of every receiver. */
export interface AlertReceiverOptions {
  /** Name for routes and for the label `receiver`. @defaultValue the kind of the receiver */
  readonly name?: string;
  /** Sends the end of alerts as well. @defaultValue true */
  readonly sendResolved?: boolean;
}

/** Options of receivers that send to an address. */
export interface HttpReceiverOptions extends AlertReceiverOptions {
  /** Headers of every request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Descriptions of what several receivers have. */
export const httpReceiverMembers = {
  name: option(matching(/^[\w-]{1,64}$/), {
    rule: '1 to 64 letters, digits, - and _',
    remedy: "Pass something like 'team-slack'.",
  }),
  sendResolved: flag(),
  headers: record(
    {
      key: option(matching(/^[\w!#$%&'*+.^`|~-]{1,128}$/), {
        rule: 'the name of a header',
        remedy: "Pass something like 'X-Scope-OrgID'.",
      }),
      value: option(matching(/^[\u0020-\u007e\u0080-\u00ff]{0,4096}$/), {
        rule: 'a text that a header can have',
        remedy: 'Pass a text without line breaks.',
        secret: true,
      }),
    },
    {
      rule: 'an object of texts',
      remedy: "Pass something like { 'X-Team': 'shop' }.",
      secret: true,
    },
  ),
  secretFile: text(MOST_PATH, { remedy: "Pass a path such as '/run/secrets/alert-hook'." }),
  token: option(matching(/^[\u0021-\u007e]{1,4096}$/), {
    rule: 'a text of visible characters',
    remedy: 'Pass the token without spaces.',
    secret: true,
  }),
} satisfies MembersOf<
  HttpReceiverOptions & { readonly secretFile: string; readonly token: string }
>;

/** Describes an address that is itself a secret. */
export function secretAddress(example: string) {
  return option(matching(WEB_ADDRESS), {
    rule: 'an address that begins with http:// or https://',
    remedy: `Pass something like '${example}'.`,
    secret: true,
  });
}

/** Returns the name of a receiver. */
export function receiverName({ name }: AlertReceiverOptions, kind: string): string {
  return name ?? kind;
}
