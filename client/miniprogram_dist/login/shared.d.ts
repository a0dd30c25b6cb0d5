/**
 * The one of its name among all copies of the package; the first copy makes it.
 * @template T
 * @param {string} id
 * @param {() => T} make
 * @returns {T}
 */
export function join<T>(id: string, make: () => T): T;
/** @returns {any} the first session of any copy */
export function first(): any;
