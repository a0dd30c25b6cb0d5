/**
 * Opens the auth page on top of the present one, or in its place where the stack is full.
 * @param {any} host
 * @param {string} authPage
 * @returns {{ under: boolean, opened: any }} under: the present page stays
 */
export function openAuthPage(host: any, authPage: string): {
    under: boolean;
    opened: any;
};
/**
 * Leaves the auth page: back to what lies under it, else to `backTo`. A tab page cannot be given a query, so it is kept.
 * @param {any} host
 * @param {boolean} under whether the page that asked lies under it
 * @param {string} backTo
 * @param {(query: string) => void} keep
 */
export function leaveAuthPage(host: any, under: boolean, backTo: string, keep: (query: string) => void): any;
/** Components are there when the page is ready; a page that is ready already does not say so again. */
export function ready(host: any, page: any): import("../foundation/task").Abortable<any>;
/** The auth page can be gone before its component lives, or have none. */
export function whenGone(host: any, authPage: any, action: any): void;
