export type Call<T> = import('../foundation/task').Abortable<T>;
export type Response = {
    status: number;
    header: Record<string, string>;
    data: any;
};
export type CallOptions = {
    query?: Record<string, any> | undefined;
    header?: Record<string, any> | undefined;
    /**
     * milliseconds
     */
    timeout?: number | undefined;
    /**
     * true unless false; 'optional': a token that is there is sent
     */
    needLogin?: boolean | "optional" | undefined;
    /**
     * a login that this call leads is made with the call itself
     */
    inPlace?: boolean | undefined;
    /**
     * at 20011: ask the user, send once more
     */
    authorize?: boolean | import("../auth/must-auth").MustAuthOptions | undefined;
    /**
     * resolve to `{ status, header, data }`
     */
    raw?: boolean | undefined;
    /**
     * join an equal GET in flight
     */
    share?: boolean | undefined;
    /**
     * once more after a network failure; GET and HEAD do so unless false
     */
    retry?: boolean | undefined;
};
export type UploadOptions = CallOptions & {
    [option: string]: any;
    filePath: string;
    name: string;
    formData?: Record<string, any> | undefined;
    onProgress?: ((progress: any) => void) | undefined;
};
export type DownloadOptions = CallOptions & {
    [option: string]: any;
    filePath?: string | undefined;
    onProgress?: ((progress: any) => void) | undefined;
};
/** The request layer. */
export class Api {
    /**
     * @param {import('../foundation/context').Context} ctx
     * @param {import('../login/session').Session} session
     */
    constructor(ctx: import('../foundation/context').Context, session: import('../login/session').Session);
    /** @private */
    private ctx;
    session: import("../login/session").Session;
    status: {
        login: import("../machines/status").Status;
        auth: import("../machines/status").Status;
    };
    /** `request`: before each attempt. `response`: once for each call. */
    interceptors: {
        request: Interceptors;
        response: Interceptors;
    };
    /** @private */
    private flying;
    delete: <T = any>(path: string, data?: any, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined) => Call<T>;
    /**
     * @template [T=any]
     * @param {string} path
     * @param {Record<string, any> | null} [query]
     * @param {CallOptions & { [option: string]: any }} [options]
     * @returns {Call<T>}
     */
    get<T_1 = any>(path: string, query?: Record<string, any> | null | undefined, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined): Call<T_1>;
    /**
     * @template [T=any]
     * @param {string} path
     * @param {any} [data]
     * @param {CallOptions & { [option: string]: any }} [options]
     * @returns {Call<T>}
     */
    post<T_2 = any>(path: string, data?: any, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined): Call<T_2>;
    /**
     * @template [T=any]
     * @param {string} path
     * @param {any} [data]
     * @param {CallOptions & { [option: string]: any }} [options]
     * @returns {Call<T>}
     */
    put<T_3 = any>(path: string, data?: any, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined): Call<T_3>;
    /**
     * PATCH by `x-http-method-override` on POST, where the route honours it.
     * @template [T=any]
     * @param {string} path
     * @param {any} [data]
     * @param {CallOptions & { [option: string]: any }} [options]
     * @returns {Call<T>}
     */
    patch<T_4 = any>(path: string, data?: any, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined): Call<T_4>;
    /**
     * @template [T=any]
     * @param {string} path
     * @param {any} [data]
     * @param {CallOptions & { [option: string]: any }} [options]
     * @returns {Call<T>}
     */
    del<T = any>(path: string, data?: any, options?: (CallOptions & {
        [option: string]: any;
    }) | undefined): Call<T>;
    /**
     * @template [T=any]
     * @param {CallOptions & { path: string, method?: string, data?: any, [option: string]: any }} spec
     * @returns {Call<T>}
     */
    request<T_5 = any>(spec: CallOptions & {
        [option: string]: any;
        path: string;
        method?: string | undefined;
        data?: any;
    }): Call<T_5>;
    /**
     * A call in flight for all who ask for it; given up when all of them have.
     * @private
     * @returns {any}
     */
    private join;
    /**
     * @template [T=any]
     * @param {string} path
     * @param {UploadOptions} options
     * @returns {Call<T>}
     */
    upload<T_6 = any>(path: string, options: UploadOptions): Call<T_6>;
    /**
     * @param {string} path
     * @param {DownloadOptions} [options]
     * @returns {Call<{ tempFilePath?: string, filePath?: string }>}
     */
    download(path: string, options?: DownloadOptions | undefined): Call<{
        tempFilePath?: string;
        filePath?: string;
    }>;
    /**
     * Text as it arrives. A replay happens only before the first chunk.
     * @param {string} path
     * @param {CallOptions & { method?: string, data?: any, onChunk: (text: string) => void, [option: string]: any }} options
     * @returns {Call<any>}
     */
    stream(path: string, options: CallOptions & {
        [option: string]: any;
        method?: string | undefined;
        data?: any;
        onChunk: (text: string) => void;
    }): Call<any>;
    /**
     * A WebSocket that connects again.
     * @param {string} path
     * @param {import('./socket').SocketOptions} [options]
     * @returns {Call<import('./socket').Socket>}
     */
    connect(path: string, options?: import("./socket").SocketOptions | undefined): Call<import('./socket').Socket>;
    /**
     * What WeChat fetched before the start (数据预拉取).
     * @returns {Promise<{ data: any, path?: string, query?: string, timeStamp?: number }>}
     */
    prefetched(): Promise<{
        data: any;
        path?: string;
        query?: string;
        timeStamp?: number;
    }>;
    /**
     * The headers that a call to this address would have, for calls past this package.
     * @param {string} path
     * @returns {Record<string, string>}
     */
    createHeader(path: string): Record<string, string>;
    /** @private @returns {any} */
    private start;
    /** @private */
    private run;
}
/**
 * @template T
 * @typedef {import('../foundation/task').Abortable<T>} Call
 */
/** @typedef {{ status: number, header: Record<string, string>, data: any }} Response */
/**
 * @typedef {object} CallOptions
 * @property {Record<string, any>} [query]
 * @property {Record<string, any>} [header]
 * @property {number} [timeout] milliseconds
 * @property {boolean | 'optional'} [needLogin] true unless false; 'optional': a token that is there is sent
 * @property {boolean} [inPlace] a login that this call leads is made with the call itself
 * @property {boolean | import('../auth/must-auth').MustAuthOptions} [authorize] at 20011: ask the user, send once more
 * @property {boolean} [raw] resolve to `{ status, header, data }`
 * @property {boolean} [share] join an equal GET in flight
 * @property {boolean} [retry] once more after a network failure; GET and HEAD do so unless false
 */
/**
 * @typedef {CallOptions & { filePath: string, name: string, formData?: Record<string, any>,
 *   onProgress?: (progress: any) => void, [option: string]: any }} UploadOptions
 */
/** @typedef {CallOptions & { filePath?: string, onProgress?: (progress: any) => void, [option: string]: any }} DownloadOptions */
/** A list of interceptors. */
declare class Interceptors {
    /** @type {{ ok?: any, bad?: any }[]} */
    list: {
        ok?: any;
        bad?: any;
    }[];
    /**
     * @param {((value: any, request?: any) => any) | null} [ok] may return a promise, replace the value, or throw
     * @param {(error: any, request?: any) => any} [bad] for responses: may return a response instead, or throw
     * @returns {() => void} removes it
     */
    use(ok?: ((value: any, request?: any) => any) | null | undefined, bad?: ((error: any, request?: any) => any) | undefined): () => void;
}
export {};
