// Something that may take long: what is quick shows nothing, what is not can be stopped.
import * as vscode from 'vscode';

/** How long nobody wonders what is going on, in milliseconds. */
const SOON = 1000;

/** Does `work`; when that takes longer than a second, says so with a button that stops it. */
export async function patiently<T>(title: string, work: (token: vscode.CancellationToken) => Promise<T>, outer?: vscode.CancellationToken): Promise<T> {
  const stop = new vscode.CancellationTokenSource();
  const listening = outer?.onCancellationRequested(() => stop.cancel());
  const done = work(stop.token);
  const ended = done.then(() => undefined, () => undefined);
  const timer = setTimeout(() => void vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `Obelus: ${title}`, cancellable: true },
    (_, token) => {
      token.onCancellationRequested(() => stop.cancel());
      return ended;
    },
  ), SOON);
  try {
    return await done;
  } finally {
    clearTimeout(timer);
    listening?.dispose();
    stop.dispose();
  }
}
