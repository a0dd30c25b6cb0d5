export type MustAuthOptions = {
    /**
     * AuthStep.TWO unless given
     */
    mustAuthStep?: number | undefined;
    /**
     * instead of a step: what is needed
     */
    require?: import("../login/flights").Need[] | undefined;
    /**
     * id of the popup on the page, `auth-popup`
     */
    popupCompName?: string | undefined;
    /**
     * AuthDisplayMode.POPUP
     */
    mode?: "button" | "page" | undefined;
};
/**
 * @typedef {object} MustAuthOptions
 * @property {number} [mustAuthStep] AuthStep.TWO unless given
 * @property {import('../login/session').Need[]} [require] instead of a step: what is needed
 * @property {string} [popupCompName] id of the popup on the page, `auth-popup`
 * @property {'button' | 'page'} [mode] AuthDisplayMode.POPUP
 */
/** The steps of authorisation. One presentation at a time; who asks meanwhile waits for it. */
export class Steps {
    /** @param {import('../foundation/context').Context} ctx @param {import('../login/session').Session} session */
    constructor(ctx: import('../foundation/context').Context, session: import('../login/session').Session);
    ctx: import("../foundation/context").Context;
    session: import("../login/session").Session;
    /**
     * The presentation that is shown.
     * @type {Promise<void> | null}
     */
    showing: Promise<void> | null;
    /**
     * What the auth page works on.
     * @type {any}
     */
    request: any;
    query: string;
    /** @param {MustAuthOptions} [options] @returns {any} */
    mustAuth(options?: MustAuthOptions | undefined): any;
    /** @private */
    private run;
    /** @private */
    private show;
    /** @private */
    private present;
    /**
     * Leaves the auth page, then settles what asked for it.
     * @param {any} request
     * @param {string} backTo
     * @param {any} [error]
     */
    leavePage(request: any, backTo: string, error?: any): any;
    /** @returns {string} the query that a tab page was to be opened with; once */
    takeQuery(): string;
}
