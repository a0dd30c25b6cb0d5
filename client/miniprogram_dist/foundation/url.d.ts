/**
 * The address of a call, and whether the token may go there: no other origin, and no segments that lead out of the base.
 * @param {string} base without a slash at its end
 * @param {string} path relative, or absolute
 * @returns {{ url: string, own: boolean }}
 */
export function resolve(base: string, path: string): {
    url: string;
    own: boolean;
};
/** @param {string} path @param {Record<string, any>} [query] values that are undefined or null are left out @returns {string} */
export function withQuery(path: string, query?: Record<string, any> | undefined): string;
/** @param {Record<string, any>} [header] @returns {Record<string, string>} with names in lower case */
export function lowered(header?: Record<string, any> | undefined): Record<string, string>;
/**
 * Whether a path is in a list: exact, with `*` at its end, or by a regular expression.
 * @param {(string | RegExp)[]} list
 * @param {string} path
 */
export function listed(list: (string | RegExp)[], path: string): boolean;
