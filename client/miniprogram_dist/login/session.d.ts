export type User = import('./flights').User;
export type Need = import('./flights').Need;
/** @typedef {import('./flights').User} User */
/** @typedef {import('./flights').Need} Need */
/** One user's login. Copies of the package share it. */
export class Session extends Flights {
    /**
     * Logs in, unless the token is valid. Ends a logout.
     * @param {{ force?: boolean }} [options] force: also with a valid token
     * @returns {Promise<void>}
     */
    login(options?: {
        force?: boolean | undefined;
    } | undefined): Promise<void>;
    /**
     * Logs in if that is needed.
     * @returns {Promise<void>}
     */
    ensureLogin(): Promise<void>;
    /** @returns {string | null} the token, if it can still be good */
    getToken(): string | null;
    /**
     * Logs in again; counts for the fuse.
     * @returns {Promise<void>}
     */
    refreshLogin(): Promise<void>;
    /**
     * Takes one count of the fuse.
     * @returns {Promise<void>} rejects with FUSE_OPEN where none is left
     */
    refreshLoginFuse(): Promise<void>;
    /** Forgets token and user on this phone; the next call that needs a login logs in. */
    clearSession(): void;
    /**
     * Makes sure that open data decrypts. For `encryptedData` only, and before the button shows: a login between tap and
     * answer spoils what was tapped.
     * @returns {Promise<void>}
     */
    ensureSessionKey(): Promise<void>;
    /**
     * Asks the user for what is missing. Rejects with AUTH_CANCELLED when the user leaves.
     * @param {import('../auth/must-auth').MustAuthOptions} [options]
     * @returns {Promise<void>}
     */
    mustAuth(options?: import("../auth/must-auth").MustAuthOptions | undefined): Promise<void>;
    /** @returns {number} AuthStep */
    currentAuthStep(): number;
    hasUser(): boolean;
    hasUnionId(): boolean;
    hasPhone(): boolean;
    /**
     * Records the profile.
     * @param {any} event of `user-container`, or an object with `nickname` …, or open data
     * @returns {Promise<void>}
     */
    updateUser(event: any): Promise<void>;
    /**
     * Records the phone number.
     * @param {any} event of `phone-container`, or `{ code }`, or `{ encryptedData, iv }`
     * @returns {Promise<void>}
     */
    updatePhone(event: any): Promise<void>;
    /**
     * Erases the phone number.
     * @returns {Promise<void>}
     */
    unbindPhone(): Promise<void>;
    /**
     * Reads the user anew.
     * @returns {Promise<void>}
     */
    reload(): Promise<void>;
    /**
     * Erases all that is known of the user (注销), and is logged out.
     * @returns {Promise<void>}
     */
    deleteUser(): Promise<void>;
    /**
     * Ends the session: here at once, at the gateway now or at the next start. Nothing logs in until `login()`.
     * @returns {Promise<void>} never rejects
     */
    logout(): Promise<void>;
    /**
     * Hands the login over to an H5 page, which redeems the ticket in the fragment.
     * @param {string} url
     * @returns {Promise<string>}
     */
    webViewUrl(url: string): Promise<string>;
    /** @param {(user: User | null) => void} listener @returns {() => void} removes it */
    onChange(listener: (user: User | null) => void): () => void;
    /** @returns {string} the query that the auth page could not give to a tab page; once */
    takeQuery(): string;
}
/**
 * A refusal is told by the missing code, since wx spells its text in several ways.
 * @param {any} event of the phone button, or its detail
 * @returns {{ body?: any, refusal?: { failure: any, reason?: any } }}
 */
export function phoneOf(event: any): {
    body?: any;
    refusal?: {
        failure: any;
        reason?: any;
    };
};
import { Flights } from "./flights";
