/**
 * One login. Where the answer is lost the same code is sent once more, then a fresh one; a refused code is replaced once.
 * @param {import('../foundation/context').Context} ctx
 * @param {() => any} credential gives what the login endpoint takes
 * @returns {Generator<any, any, any>}
 */
export function signIn(ctx: import('../foundation/context').Context, credential: () => any): Generator<any, any, any>;
/**
 * A call of the login endpoints outside the request layer: no replay, no interceptors.
 * @param {import('../foundation/context').Context} ctx
 * @param {string} path below the login path
 * @param {any} data
 * @param {string | null} [token]
 * @returns {import('../foundation/task').Abortable<any>}
 */
export function exchange(ctx: import('../foundation/context').Context, path: string, data: any, token?: string | null | undefined): import('../foundation/task').Abortable<any>;
/**
 * A fresh code. A wx.login that is running is joined: WeChat cannot give it up, and a second one would count.
 * @param {import('../foundation/context').Context} ctx
 * @returns {any}
 */
export function wxCode(ctx: import('../foundation/context').Context): any;
/** @param {any} error @returns {boolean} whether nobody knows if the request arrived */
export function lost(error: any): boolean;
