import { group, type OptionDescription } from '../../options/description.js';
import { discoveryMembers } from '../../resources/discovery-options.js';

/** Options of {@link databases}. */
export interface DatabasesOptions {
  /** Names of clients that are not observed. @defaultValue none */
  readonly exclude?: readonly string[];
  /** Values of the label `database` by the name of a client. @defaultValue the names of the clients */
  readonly names?: Readonly<Record<string, string>>;
}

/** Description of {@link DatabasesOptions}. */
export const databasesOptions: OptionDescription = group<DatabasesOptions>(discoveryMembers);
