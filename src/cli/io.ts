/** The world of a command: where it prints, what it may read. One value, so that tests run commands without a process. */
export interface Io {
  /** By which name the program was called, for its help: `kubectl portcullis`; absent: `portcullis`. */
  readonly calledAs?: string;
  /** Results. */
  out(text: string): void;
  /** Progress, warnings, errors. */
  err(text: string): void;
  readonly stdin: () => Promise<string>;
  /** Whether a person looks at the results: colour is allowed. */
  readonly color: boolean;
  /** The width of the terminal that a person looks at, in characters; absent in a pipe, where nothing is shortened. */
  readonly columns?: number;
  /** Whether a person looks at stderr: progress may be drawn there. */
  readonly progress: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends when the process is asked to stop (SIGTERM, SIGINT). */
  readonly stop: AbortSignal;
}
