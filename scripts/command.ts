/** The frame of a command: settings of its arguments, or its usage and an exit code. */
const EXIT_USAGE = 1;

export type Printer = (text: string) => void;
export type Command<Settings> = Readonly<{
  usage: string;
  /** Null where help is asked for. @throws where an argument is unknown or malformed, or a file can not be read */
  readSettings: (args: readonly string[]) => Promise<Settings | null>;
  /** @returns the exit code */
  run: (settings: Settings) => number | Promise<number>;
}>;

/** @returns the exit code: 0 after help, 1 after wrong usage, else that of the run */
export async function runCommand<Settings>(
  { usage, readSettings, run }: Command<Settings>,
  args: readonly string[] = process.argv.slice(2),
  out: Printer = console.log,
  error: Printer = console.error,
): Promise<number> {
  let settings: Settings | null;
  try {
    settings = await readSettings(args);
  } catch (wrong) {
    error(`${(wrong as Error).message}\n\n${usage}`);
    return EXIT_USAGE;
  }
  if (settings !== null) return run(settings);
  out(usage);
  return 0;
}
