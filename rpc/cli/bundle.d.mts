/** The repository. */
export declare const ROOT: string;
/** Writes `entryPoints`, relative to the repository, and the threads under `outdir`, each at its own path; they will run from `home`, `outdir` unless told otherwise. */
export declare function bundle(entryPoints: readonly string[], outdir: string, home?: string): Promise<unknown>;
