/**
 * A promise that can be given up. `abort()` rejects it at once with ABORTED.
 */
export type Abortable<T> = Promise<T> & {
    abort: () => void;
};
/**
 * Runs a generator that yields promises, as an async function runs with `await`. `abort()` reaches the step that is
 * waited for, if it has an `abort` of its own, and runs the `finally` blocks.
 * @template T
 * @param {Generator<any, T, any>} steps
 * @returns {Abortable<T>}
 */
export function task<T>(steps: Generator<any, T, any>): Abortable<T>;
/**
 * A promise with `abort()` from an executor that returns what abort does.
 * @template T
 * @param {(resolve: (value?: any) => void, reject: (error: any) => void) => void | (() => void)} executor
 * @returns {Abortable<T>}
 */
export function abortable<T>(executor: (resolve: (value?: any) => void, reject: (error: any) => void) => void | (() => void)): Abortable<T>;
/**
 * A promise that can be given up. `abort()` rejects it at once with ABORTED.
 * @template T
 * @typedef {Promise<T> & { abort: () => void }} Abortable
 */
/** @type {(...ignored: any[]) => any} */
export const nothing: (...ignored: any[]) => any;
/** @type {(target: any, ...sources: any[]) => any} */
export const merge: (target: any, ...sources: any[]) => any;
