/**
 * Reasons that the client itself gives; their code is 0.
 */
export type LocalReason = 'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'DOMAIN_NOT_LISTED' | 'BACKGROUND' | 'WX_LOGIN_FAILED' | 'FUSE_OPEN' | 'QUEUE_FULL' | 'LOGGED_OUT' | 'AUTH_CANCELLED' | 'AUTH_REFUSED' | 'PRIVACY_REFUSED' | 'PRIVACY_NOT_DECLARED' | 'PHONE_QUOTA' | 'SINGLE_PAGE' | 'STEP_REQUIRED' | 'HTTP_STATUS' | 'APP_FAILURE' | 'SOCKET_CLOSED' | 'NOT_AVAILABLE';
/**
 * Reasons of the gateway's envelope.
 */
export type GatewayReason = 'AUTH_REQUIRED' | 'AUTH_INVALID' | 'AUTH_EXPIRED' | 'CLIENT_KEY_INVALID' | 'AUTH_REVOKED' | 'LOGIN_CODE_INVALID' | 'LOGIN_CODE_USED' | 'USER_BLOCKED' | 'LOGIN_THROTTLED' | 'DECRYPT_WX_OPEN_DATA_FAIL' | 'AUTH_STEP_REQUIRED' | 'FORBIDDEN' | 'BAD_REQUEST' | 'ROUTE_NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'REQUEST_TIMEOUT' | 'BODY_TOO_LARGE' | 'URI_TOO_LONG' | 'EXPECTATION_FAILED' | 'MISDIRECTED_REQUEST' | 'RATE_LIMITED' | 'HEADERS_TOO_LARGE' | 'INTERNAL' | 'MISCONFIGURED' | 'UNAVAILABLE' | 'LOOP_DETECTED' | 'NOT_SUPPORTED' | 'UPSTREAM_STATUS' | 'UPSTREAM_CONNECT' | 'UPSTREAM_TIMEOUT' | 'UPSTREAM_PROTOCOL' | 'UPSTREAM_UNAVAILABLE' | 'WECHAT_UNAVAILABLE';
export type Reason = LocalReason | GatewayReason;
export type Fields = {
    reason: Reason;
    message?: string | undefined;
    code?: number | undefined;
    status?: number | undefined;
    userMessage?: string | undefined;
    requestId?: string | undefined;
    retryAfter?: number | undefined;
    data?: any;
    errno?: number | undefined;
    cause?: any;
    relogin?: boolean | undefined;
    replay?: boolean | undefined;
};
/**
 * Reasons that the client itself gives; their code is 0.
 * @typedef {'NETWORK' | 'TIMEOUT' | 'ABORTED' | 'DOMAIN_NOT_LISTED' | 'BACKGROUND' | 'WX_LOGIN_FAILED' | 'FUSE_OPEN' |
 *   'QUEUE_FULL' | 'LOGGED_OUT' | 'AUTH_CANCELLED' | 'AUTH_REFUSED' | 'PRIVACY_REFUSED' | 'PRIVACY_NOT_DECLARED' |
 *   'PHONE_QUOTA' | 'SINGLE_PAGE' | 'STEP_REQUIRED' | 'HTTP_STATUS' | 'APP_FAILURE' | 'SOCKET_CLOSED' |
 *   'NOT_AVAILABLE'} LocalReason
 */
/**
 * Reasons of the gateway's envelope.
 * @typedef {'AUTH_REQUIRED' | 'AUTH_INVALID' | 'AUTH_EXPIRED' | 'CLIENT_KEY_INVALID' | 'AUTH_REVOKED' |
 *   'LOGIN_CODE_INVALID' | 'LOGIN_CODE_USED' | 'USER_BLOCKED' | 'LOGIN_THROTTLED' | 'DECRYPT_WX_OPEN_DATA_FAIL' |
 *   'AUTH_STEP_REQUIRED' | 'FORBIDDEN' | 'BAD_REQUEST' | 'ROUTE_NOT_FOUND' | 'METHOD_NOT_ALLOWED' | 'REQUEST_TIMEOUT' |
 *   'BODY_TOO_LARGE' | 'URI_TOO_LONG' | 'EXPECTATION_FAILED' | 'MISDIRECTED_REQUEST' | 'RATE_LIMITED' |
 *   'HEADERS_TOO_LARGE' | 'INTERNAL' | 'MISCONFIGURED' | 'UNAVAILABLE' | 'LOOP_DETECTED' | 'NOT_SUPPORTED' |
 *   'UPSTREAM_STATUS' | 'UPSTREAM_CONNECT' | 'UPSTREAM_TIMEOUT' | 'UPSTREAM_PROTOCOL' | 'UPSTREAM_UNAVAILABLE' |
 *   'WECHAT_UNAVAILABLE'} GatewayReason
 */
/** @typedef {LocalReason | GatewayReason} Reason */
/**
 * @typedef {object} Fields
 * @property {Reason} reason
 * @property {string} [message]
 * @property {number} [code]
 * @property {number} [status]
 * @property {string} [userMessage]
 * @property {string} [requestId]
 * @property {number} [retryAfter]
 * @property {any} [data]
 * @property {number} [errno]
 * @property {any} [cause]
 * @property {boolean} [relogin]
 * @property {boolean} [replay]
 */
/** What every call of this package rejects with. */
export class MenshenError extends Error {
    /** @param {Fields} fields */
    constructor(fields: Fields);
    /** The envelope's code; 0 where the gateway has not answered. */
    code: number;
    /** @type {Reason} */
    reason: Reason;
    /** The HTTP status of the answer, 0 without one. */
    status: number;
    /** What a user can read. */
    userMessage: string;
    /** To be quoted in a report. */
    requestId: string;
    /** Seconds until another attempt makes sense, 0: not known. */
    retryAfter: number;
    /** @type {any} `data` of the envelope, or the body of another failure. */
    data: any;
    /** wx's own number. */
    errno: number;
    /** @type {any} */
    cause: any;
    /** Whether the gateway says that a login helps. */
    relogin: boolean;
    /** Whether the gateway says that the same request may be sent again. */
    replay: boolean;
    /** The app or the user gave up: nothing to show. */
    get isCancel(): boolean;
}
/**
 * The reason of a failure that a wx function reports.
 * @param {any} failure
 * @returns {LocalReason}
 */
export function reasonOf(failure: any): LocalReason;
