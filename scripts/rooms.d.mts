export interface Room {
  readonly room: string;
  readonly purpose: string;
  /** Rooms of ours that it may import besides itself; `*` for all. */
  readonly rooms: readonly string[] | '*';
  /** Packages that it may import; Node's modules are free. */
  readonly packages: readonly string[] | '*';
}

export const rooms: readonly Room[];
export function roomOf(path: string): string;
