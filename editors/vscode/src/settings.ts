// Turns the editor's settings into the server's preferences.
//
// Only what somebody wrote is handed over: the editor's layer wins over `obelus.toml`, so a default of the editor's
// must not pass for a wish of the user's.
import { SETTINGS } from './settings-list.js';

/** What VS Code knows of one setting. */
export interface Inspected {
  readonly globalValue?: unknown;
  readonly workspaceValue?: unknown;
  readonly workspaceFolderValue?: unknown;
}

/** The settings in the shape of `obelus.toml`; `undefined` for a layer in which nothing is written. */
export function written(inspect: (key: string) => Inspected | undefined): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { key, path } of SETTINGS) {
    const found = inspect(key);
    const value = found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
    if (value === undefined || value === null) continue;
    let at = result;
    for (const part of path.slice(0, -1)) {
      at = (at[part] ??= {}) as Record<string, unknown>;
    }
    at[path[path.length - 1]!] = value;
  }
  return result;
}
