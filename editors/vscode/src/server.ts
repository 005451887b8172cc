// The server's life: found, started, told about trust and keys, started again when it dies, stopped.
//
// No review logic lives here or anywhere in this extension: it asks the server and shows the answers.
import * as vscode from 'vscode';
import {
  CloseAction, ErrorAction, ExecuteCommandRequest, LanguageClient, RevealOutputChannelOn, State, Trace,
  type ErrorHandler, type LanguageClientOptions, type ServerOptions, type StaticFeature,
} from 'vscode-languageclient/node';
import { locate, probe, surroundings, type Probe } from './binary.js';
import type { Keys } from './keys.js';
import type { Status } from './protocol.js';
import { forPreview, isPage, showPage } from './pages.js';
import { written } from './settings.js';

/** A server that ends this often within three minutes is not started again by itself. */
const MAX_RESTARTS = 5;
const WINDOW_MS = 3 * 60_000;

export type Life =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'running'; readonly version: string }
  | { readonly kind: 'failed'; readonly why: string };

export class Server implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Fires when the life or the status has changed. */
  readonly onDidChange = this.#changed.event;
  readonly #started = new vscode.EventEmitter<{ again: boolean }>();
  /** Fires when a server is ready for requests; `again` when there was one before. */
  readonly onDidStart = this.#started.event;

  readonly #closed = new vscode.EventEmitter<vscode.Uri>();
  /** Fires when the server has been told that a document is closed. */
  readonly onDidClose = this.#closed.event;

  life: Life = { kind: 'off' };
  status: Status | undefined;

  #client: LanguageClient | undefined;
  #ends: number[] = [];
  #wasRunning = false;
  /** Starts and stops come one after the other, however fast they are asked for. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly keys: Keys,
    readonly log: vscode.LogOutputChannel,
  ) {}

  start(): Promise<void> {
    return this.#next(() => this.#start());
  }

  restart(): Promise<void> {
    this.#ends = [];
    return this.#next(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  stop(): Promise<void> {
    return this.#next(() => this.#stop());
  }

  /** Whether the server says that it has this command. */
  can(command: string): boolean {
    return this.#client?.initializeResult?.capabilities.executeCommandProvider?.commands.includes(command) ?? false;
  }

  /** Runs a command of the server's; its own progress is shown by the editor, with a button to cancel. */
  async execute<T>(command: string, argument: object, token?: vscode.CancellationToken): Promise<T> {
    const client = this.#client;
    if (!client || this.life.kind !== 'running') throw new Error(vscode.l10n.t('the server is not running'));
    return await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: [argument] }, token) as T;
  }

  /** What the server says about a place: the same text as on hover. */
  async hover(uri: vscode.Uri, position: vscode.Position): Promise<string | undefined> {
    const client = this.#client;
    if (!client || this.life.kind !== 'running') return undefined;
    const params = { textDocument: { uri: client.code2ProtocolConverter.asUri(uri) }, position };
    const answer = await client.sendRequest<{ contents: { value: string } } | null>('textDocument/hover', params);
    return answer?.contents.value;
  }

  dispose(): void {
    this.#changed.dispose();
    this.#started.dispose();
    this.#closed.dispose();
  }

  #next(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    return this.#turn;
  }

  #set(life: Life): void {
    this.life = life;
    if (life.kind !== 'running') this.status = undefined;
    this.#changed.fire();
  }

  async #start(): Promise<void> {
    this.#set({ kind: 'starting' });
    const settings = vscode.workspace.getConfiguration('obelus');
    const place = locate(surroundings(settings.get('server.path', ''), this.context.extensionPath));
    const [found, env] = await Promise.all([probe(place), this.keys.environment()]);
    if (found.kind !== 'ready') return this.#cannotStart(found);
    this.log.info(`obelus ${found.version}: ${found.place.file} (${found.place.origin})`);

    const model = settings.get('model', '').trim();
    if (model) env['OBELUS_MODEL'] = model;
    const logFile = settings.get('server.logFile', '').trim();
    const args = ['lsp', ...(logFile ? ['--log-file', logFile] : [])];
    const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const options: ServerOptions = { command: found.place.file, args, options: { env: { ...process.env, ...env }, cwd } };
    const client = new LanguageClient('obelus', 'Obelus', options, this.#options());
    client.registerFeature(pushOnly());
    this.#client = client;
    client.onNotification('obelus/status', (status: Status) => {
      this.status = status;
      this.#changed.fire();
    });
    client.onDidChangeState(({ newState }) => {
      if (this.#client !== client) return;
      if (newState === State.Running) {
        this.#set({ kind: 'running', version: client.initializeResult?.serverInfo?.version ?? found.version });
        this.#started.fire({ again: this.#wasRunning });
        this.#wasRunning = true;
      } else if (newState === State.Starting) {
        this.#set({ kind: 'starting' });
      } else if (this.life.kind === 'running') {
        this.#set({ kind: 'off' });
      }
    });
    try {
      await client.start();
      const trace = { off: Trace.Off, messages: Trace.Messages, verbose: Trace.Verbose }[settings.get<string>('trace.server', 'off')];
      await client.setTrace(trace ?? Trace.Off);
    } catch (error) {
      this.#set({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client) {
      // A server that does not answer is given up, not waited for.
      await client.dispose(2000).catch((error: unknown) => this.log.warn(String(error)));
    }
    this.#set({ kind: 'off' });
  }

  #options(): LanguageClientOptions {
    const resource = (uri: string | undefined): Record<string, unknown> => {
      const scope = uri === undefined ? undefined : vscode.Uri.parse(uri);
      const settings = vscode.workspace.getConfiguration('obelus', scope);
      return written((key) => settings.inspect(key));
    };
    return {
      documentSelector: [{ scheme: 'file' }],
      // Tells the server that something has changed; it asks for the rest.
      synchronize: { configurationSection: 'obelus' },
      outputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => ({ status: true, untrustedWorkspace: !vscode.workspace.isTrusted }),
      errorHandler: this.#errorHandler(),
      middleware: {
        didClose: async (document, next) => {
          await next(document);
          this.#closed.fire(document.uri);
        },
        // The server would ask with a message; a list says more and is dismissed with one key.
        executeCommand: async (command, args, next) => {
          const given = args[0] as { id?: string; reason?: string; undo?: boolean; uri?: string } | undefined;
          if (command !== 'obelus.dismiss' || !given?.id || given.reason || given.undo) return next(command, args);
          await vscode.commands.executeCommand('obelus.ui.dismissById', given.id, given.uri);
        },
        provideTextDocumentContent: async (uri, token, next) => forPreview(await next(uri, token) ?? ''),
        workspace: {
          configuration: (params) => params.items.map((item) => (item.section === 'obelus' ? resource(item.scopeUri) : null)),
        },
        window: {
          showDocument: async (params, token, next) => {
            const uri = vscode.Uri.parse(params.uri);
            if (!isPage(uri)) return next(params, token);
            await showPage(uri);
            return { success: true };
          },
        },
      },
    };
  }

  #errorHandler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        const now = Date.now();
        this.#ends = [...this.#ends.filter((end) => now - end < WINDOW_MS), now];
        this.log.warn(`the server has ended (${this.#ends.length} times in the last three minutes)`);
        if (this.#ends.length <= MAX_RESTARTS) return { action: CloseAction.Restart, handled: true };
        const why = vscode.l10n.t('it ended {0} times within three minutes', this.#ends.length);
        this.#set({ kind: 'failed', why });
        void this.#offer(vscode.l10n.t('Obelus stopped: {0}.', why), [
          [vscode.l10n.t('Start Again'), () => this.restart()],
          [vscode.l10n.t('Show Log'), () => this.log.show()],
        ]);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  #cannotStart(found: Exclude<Probe, { kind: 'ready' }>): void {
    const file = found.place?.file;
    const why = explain(found);
    this.log.error(why);
    this.#set({ kind: 'failed', why });
    const buttons: [string, () => unknown][] = [
      [vscode.l10n.t('Choose Program…'), () => this.chooseProgram()],
      [vscode.l10n.t('How to Install'), () => vscode.commands.executeCommand('obelus.ui.openWalkthrough')],
    ];
    if (file && found.kind === 'missing') buttons.push([vscode.l10n.t('Open Settings'), () => openSettings('obelus.server.path')]);
    void this.#offer(`Obelus: ${why}`, buttons);
  }

  /** Lets the user show where the program is. */
  async chooseProgram(): Promise<void> {
    const picked = await vscode.window.showOpenDialog({
      title: vscode.l10n.t('The Obelus program'), openLabel: vscode.l10n.t('Use This Program'), canSelectMany: false,
    });
    const file = picked?.[0]?.fsPath;
    if (file) await vscode.workspace.getConfiguration('obelus').update('server.path', file, vscode.ConfigurationTarget.Global);
  }

  async #offer(message: string, buttons: readonly [string, () => unknown][]): Promise<void> {
    const picked = await vscode.window.showErrorMessage(message, ...buttons.map(([title]) => title));
    await buttons.find(([title]) => title === picked)?.[1]();
  }
}

/** Names a folder to the server: by a file in it, which need not exist. */
export function inside(folder: string): string {
  return vscode.Uri.joinPath(vscode.Uri.parse(folder), 'obelus.toml').toString();
}

/**
 * Has the server push its findings. Those that are pulled belong to a tab: the client takes them off the screen when it
 * is closed, and a finding in the change stays one when nobody looks.
 */
function pushOnly(): StaticFeature {
  return {
    fillClientCapabilities: (capabilities) => {
      delete capabilities.textDocument?.diagnostic;
      delete capabilities.workspace?.diagnostics;
    },
    initialize: () => undefined,
    getState: () => ({ kind: 'static' }),
    clear: () => undefined,
  };
}

export function openSettings(query: string): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.openSettings', query);
}

function explain(found: Exclude<Probe, { kind: 'ready' }>): string {
  const file = found.place?.file ?? 'obelus';
  switch (found.kind) {
    case 'missing': return found.place
      ? vscode.l10n.t('there is no program at {0}', file)
      : vscode.l10n.t('the program `obelus` was not found on this machine');
    case 'broken': return vscode.l10n.t('{0} does not start: {1}', file, found.why);
    case 'old': return vscode.l10n.t('{0} is version {1}, too old for this extension', file, found.version);
  }
}
