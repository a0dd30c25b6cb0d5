export type Step = {
    do: 'login' | 'connect' | 'check' | 'wait' | 'end';
    refused?: boolean;
    ms?: number;
    error?: any;
} | null;
/** A socket that survives its connections. Pure: time and chance are arguments, steps are values. */
export class Reconnection {
    /** @type {'idle' | 'login' | 'connecting' | 'open' | 'checking' | 'waiting' | 'ended'} */
    state: 'idle' | 'login' | 'connecting' | 'open' | 'checking' | 'waiting' | 'ended';
    attempts: number;
    openedAt: number;
    visible: boolean;
    online: boolean;
    /** @returns {Step} */
    start(): Step;
    /** @returns {Step} the login is there */
    loggedIn(): Step;
    /**
     * The login failed.
     * @param {any} error
     * @param {boolean} passing whether it can be otherwise later
     * @param {number} chance from 0 up to 1
     * @param {number} [least] milliseconds
     * @returns {Step}
     */
    loginFailed(error: any, passing: boolean, chance: number, least?: number | undefined): Step;
    /** @param {number} now @returns {Step} */
    opened(now: number): Step;
    /**
     * The handshake was refused, or nobody answered.
     * @returns {Step}
     */
    refused(): Step;
    /**
     * What the session says after a refused handshake.
     * @param {'good' | 'login' | 'out' | 'unknown'} verdict
     * @param {number} chance
     * @param {any} [error]
     * @returns {Step}
     */
    checked(verdict: 'good' | 'login' | 'out' | 'unknown', chance: number, error?: any): Step;
    /**
     * The connection ended.
     * @param {number} code
     * @param {string} reason
     * @param {number} now
     * @param {number} chance
     * @returns {Step}
     */
    closed(code: number, reason: string, now: number, chance: number): Step;
    /**
     * The pause is over.
     * @returns {Step}
     */
    elapsed(): Step;
    /** @param {boolean} visible the app is in the foreground @returns {Step} */
    shown(visible: boolean): Step;
    /** @param {boolean} online @returns {Step} */
    network(online: boolean): Step;
    /** @param {any} [error] @returns {Step} */
    end(error?: any): Step;
    /** @private @returns {Step} */
    private login;
    /** @private @returns {Step} */
    private again;
    /** @private @returns {Step} */
    private pause;
}
