export type User = {
    userId: string;
    nickname: string | null;
    avatarUrl: string | null;
    phone: string | null;
    hasUnionId: boolean;
};
export type Need = 'profile' | 'phone';
/** The parts of a session that move: flights, tokens, what is known of the user, storage. */
export class Flights {
    /**
     * @param {import('../foundation/context').Context} ctx
     * @param {() => any} credential what a login sends
     * @param {string} key of its storage
     */
    constructor(ctx: import('../foundation/context').Context, credential: () => any, key: string);
    /** @protected */
    protected ctx: import("../foundation/context").Context;
    /** @protected */
    protected credential: () => any;
    /** @protected */
    protected key: string;
    /** Milliseconds for which the fuse stays open. */
    refreshLoginFuseRestoreTime: number;
    /** How many may wait for a login. */
    refreshLoginQueueMaxLength: number;
    /** @protected */
    protected machine: SessionMachine;
    status: {
        login: Status;
        auth: Status;
    };
    /**
     * What is known of the user; null before the first login.
     * @type {User | null}
     */
    user: User | null;
    /**
     * What the user has not given yet.
     * @type {Need[]}
     */
    missing: Need[];
    /** @protected @type {number} */
    protected authStep: number;
    /**
     * Tokens whose logout the gateway has not heard of.
     * @protected
     * @type {string[]}
     */
    protected farewell: string[];
    /** @protected @type {Set<(user: User | null) => void>} */
    protected listeners: Set<(user: User | null) => void>;
    /** @protected @type {any} */
    protected running: any;
    /**
     * The flight that goes by the login endpoint.
     * @protected
     */
    protected flown: number;
    /**
     * Set by the request layer.
     * @protected
     * @type {(...call: any[]) => any} method, path, data
     */
    protected call: (...call: any[]) => any;
    /**
     * Set by the layer of authorisation.
     * @protected
     * @type {any}
     */
    protected steps: any;
    /**
     * Waits for a token. An in-place wish that leads gets the flight instead.
     * @protected
     * @param {any} wish
     * @returns {any}
     */
    protected enter(wish: any): any;
    /** @protected */
    protected begin(refresh: any): void;
    refreshing: any;
    /** @protected */
    protected fly(flight: any): void;
    /**
     * An in-place leader is over without a token: others may still need one.
     * @protected
     */
    protected release(flight: any, again?: boolean): void;
    /** @protected */
    protected landed(flight: any, token: any, expiresIn: any, data: any): void;
    /** @protected */
    protected crashed(flight: any, error: any): void;
    /** @protected */
    protected over(text: any): void;
    /** @protected @param {{ reason?: any, error?: any, wait?: number }} verdict */
    protected refusal({ reason, error, wait }: {
        reason?: any;
        error?: any;
        wait?: number;
    }): MenshenError;
    /**
     * A token came in a header.
     * @protected
     */
    protected renew(stamp: any, token: any, expiresIn: any): void;
    /**
     * An answer of the login endpoints.
     * @protected
     */
    protected learn(stamp: any, data: any): void;
    /**
     * What a refused call tells about the session.
     * @protected
     */
    protected told(stamp: any, error: any): void;
    /** @protected */
    protected adopt(data: any): void;
    /** @protected */
    protected leave(): void;
    /** @protected */
    protected forget(waiters: any, reason: any): void;
    /** @protected */
    protected sayGoodbye(): Promise<any>;
    /** @protected */
    protected tokenChanged(): void;
    /** @protected */
    protected changed(): void;
    /** @protected */
    protected save(): void;
    /** @protected */
    protected restore(): void;
}
import { SessionMachine } from "../machines/session";
import { Status } from "../machines/status";
import { MenshenError } from "../foundation/errors";
