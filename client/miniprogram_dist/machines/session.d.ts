/**
 * What a request was sent with.
 */
export type Stamp = {
    login: number;
    order: number;
    token: string;
};
export type Wish = {
    /**
     * what the gateway refused: a token that is newer will do
     */
    refused?: Stamp | undefined;
    /**
     * log in even though the token is valid
     */
    force?: boolean | undefined;
    /**
     * the app itself asks: ends logged-out state and hold, does not count for the fuse
     */
    explicit?: boolean | undefined;
};
export type Verdict = {
    do: 'use' | 'wait' | 'lead' | 'refuse';
    flight?: number;
    reason?: string;
    error?: any;
    wait?: number;
};
/** Tokens and logins. Pure: time is an argument, waiters are values. */
export class SessionMachine {
    /** @param {{ refreshLoginFuseRestoreTime: number, refreshLoginQueueMaxLength: number }} [limits] may change at any time */
    constructor(limits?: {
        refreshLoginFuseRestoreTime: number;
        refreshLoginQueueMaxLength: number;
    } | undefined);
    fuse: Fuse;
    /** @type {Queue<any>} */
    queue: Queue<any>;
    /** @type {string | null} */
    token: string | null;
    receivedAt: number;
    expiresIn: number;
    /** The number of the login that the token belongs to. */
    login: number;
    /** The order of the request that brought the token. */
    bornAt: number;
    order: number;
    out: boolean;
    /** No login before `login()`, with this error. */
    hold: {
        code?: number | undefined;
        relogin?: boolean | undefined;
        retryAfter?: number | undefined;
    } | null;
    /**
     * No login before its end.
     * @type {{ since: number, length: number, error: any } | null}
     */
    block: {
        since: number;
        length: number;
        error: any;
    } | null;
    pause: number;
    /** @type {number | null} */
    flight: number | null;
    flights: number;
    /**
     * Who leads the flight; not in the queue.
     * @type {any}
     */
    leader: any;
    /** @param {number} now @returns {boolean} whether the token can still be good */
    valid(now: number): boolean;
    /**
     * Somebody needs a token.
     * @param {number} now
     * @param {Wish} wish
     * @param {any} waiter
     * @returns {Verdict}
     */
    want(now: number, wish: Wish, waiter: any): Verdict;
    /** @param {number} now @returns {number} milliseconds until logins may go on */
    blocked(now: number): number;
    /** @param {any} waiter aborted while it waited; the flight goes on */
    leave(waiter: any): void;
    /** @returns {Stamp | null} for a request that is sent now with the token */
    stamp(): Stamp | null;
    /**
     * A flight has its token.
     * @param {number} flight
     * @param {string} token
     * @param {number} expiresIn milliseconds
     * @param {number} now
     * @returns {any[] | null} who waited; null: the flight is not the present one, its token is dropped
     */
    land(flight: number, token: string, expiresIn: number, now: number): any[] | null;
    /**
     * A flight has failed.
     * @param {number} flight
     * @param {{ code?: number, relogin?: boolean, retryAfter?: number }} error
     * @param {number} now
     * @returns {any[] | null} who waited; null: the flight is not the present one
     */
    crash(flight: number, error: {
        code?: number;
        relogin?: boolean;
        retryAfter?: number;
    }, now: number): any[] | null;
    /**
     * Draws the consequences of a failure for later logins.
     * @param {{ code?: number, relogin?: boolean, retryAfter?: number }} error
     * @param {number} now
     */
    bar(error: {
        code?: number | undefined;
        relogin?: boolean | undefined;
        retryAfter?: number | undefined;
    }, now: number): void;
    /**
     * A token came with the answer to a request.
     * @param {Stamp | null} stamp of that request
     * @param {string} token
     * @param {number} expiresIn milliseconds
     * @param {number} now
     * @returns {boolean} whether it is the token from now on
     */
    renew(stamp: Stamp | null, token: string, expiresIn: number, now: number): boolean;
    /** @param {Stamp | null} stamp the gateway refuses this token @returns {boolean} whether it is the present one */
    refuse(stamp: Stamp | null): boolean;
    /** @param {Stamp | null} stamp refused, although its login has just been made */
    relapse(stamp: Stamp | null): void;
    /**
     * Forgets the token.
     * @returns {any[]} who waited for a flight, which counts no more
     */
    clear(): any[];
    /** @returns {any[]} as `clear`; from now on nothing logs in but an explicit wish */
    logout(): any[];
    /** @private */
    private end;
    /** @private */
    private set;
    /** @returns {{ token: string | null, receivedAt: number, expiresIn: number, out: boolean }} what survives a restart */
    snapshot(): {
        token: string | null;
        receivedAt: number;
        expiresIn: number;
        out: boolean;
    };
    /** @param {any} state of `snapshot`; anything else is ignored */
    restore(state: any): void;
}
import { Fuse } from "./fuse";
import { Queue } from "./queue";
