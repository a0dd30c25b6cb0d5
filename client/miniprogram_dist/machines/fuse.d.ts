/** Limits automatic logins. Those who wait for a login do not count, only who leads it. */
export class Fuse {
    /** @param {{ refreshLoginFuseRestoreTime: number }} limits */
    constructor(limits: {
        refreshLoginFuseRestoreTime: number;
    });
    limits: {
        refreshLoginFuseRestoreTime: number;
    };
    left: number;
    /** What was left before the last success refilled it. */
    before: number;
    /** @type {number | null} when it opened */
    openedAt: number | null;
    /**
     * Takes one count.
     * @param {number} now milliseconds
     * @returns {'' | 'blown' | 'open'} '': go on; 'blown': it opens now; 'open': it is open
     */
    take(now: number): '' | 'blown' | 'open';
    /** A login succeeded. */
    refill(): void;
    /** The gateway refuses the token of the last login: its success does not count. */
    relapse(): void;
    /** @param {number} now @returns {number} milliseconds until it closes, 0 if it is closed */
    remaining(now: number): number;
}
/** Automatic logins in a row that may fail before the fuse opens. */
export const REFRESH_LOGIN_FUSELINE_DEFAULT: 3;
