export type Options = {
    /**
     * of the gateway
     */
    baseURL: string | {
        develop: string;
        trial: string;
        release: string;
    };
    /**
     * of every call: client key, version
     */
    headers?: Record<string, any> | (() => Record<string, any>) | undefined;
    /**
     * as `tokens.header` of the gateway
     */
    tokenHeader?: string | undefined;
    /**
     * whether `Bearer ` stands before the token; true
     */
    bearer?: boolean | undefined;
    /**
     * paths that need no login: exact, `*` at the end, or an expression
     */
    withoutToken?: (string | RegExp)[] | undefined;
    /**
     * as `login.path` of the gateway; `/auth`
     */
    authPath?: string | undefined;
    /**
     * the page with the auth page's component; `/pages/auth/auth`
     */
    authPage?: string | undefined;
    /**
     * milliseconds; 60000
     */
    timeout?: number | undefined;
    /**
     * 'designs': a mask while it logs in again, and a toast
     */
    loading?: "designs" | "silent" | undefined;
    /**
     * wx itself, `Taro`, `uni`, or a function in the place of `wx.request`
     */
    transport?: any;
    logger?: {
        info: (message: string, detail?: any) => void;
    } | undefined;
    onEvent?: ((event: {
        [detail: string]: any;
        type: string;
    }) => void) | undefined;
    /**
     * rejects a team's own failures
     */
    isFailure?: ((response: import('./request/api').Response) => any) | undefined;
    /**
     * asks the user instead of popup and page
     */
    present?: ((wanted: {
        missing: import('./login/session').Need[];
    }) => any) | undefined;
    /**
     * without it no avatar is asked for
     */
    uploadAvatar?: ((filePath: string) => Promise<string>) | undefined;
    /**
     * joins equal GETs in flight
     */
    share?: boolean | undefined;
    /**
     * gives each new token to WeChat's pre-fetch
     */
    prefetch?: boolean | undefined;
    language?: "zh-CN" | "en" | undefined;
    /**
     * texts of the app instead of the package's
     */
    texts?: any;
};
/**
 * Puts the layers together on a host.
 * @param {Options} given
 * @param {any} host
 * @param {(ctx: Context) => any} credential what a login sends
 * @returns {Api}
 */
export function assemble(given: Options, host: any, credential: (ctx: Context) => any): Api;
/** The header that carries the token. */
export const AUTH_KEY_NAME: "Authorization";
import { Context } from "./foundation/context";
import { Api } from "./request/api";
