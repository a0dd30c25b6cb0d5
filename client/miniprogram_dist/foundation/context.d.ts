/** What every layer needs: host, transport, texts, options, and the making of errors. */
export class Context {
    /**
     * @param {any} host
     * @param {any} transport
     * @param {import('./texts').Texts} texts
     * @param {any} options complete
     */
    constructor(host: any, transport: any, texts: import('./texts').Texts, options: any);
    host: any;
    transport: any;
    texts: import("./texts").Texts;
    options: any;
    /**
     * The wx.login that is running.
     * @type {Promise<any> | null}
     */
    coding: Promise<any> | null;
    /**
     * The headers of a call; a later one replaces its name in any case, and undefined takes it away.
     * @param {any[]} sources
     * @param {string | null} [token]
     * @returns {Record<string, any>}
     */
    header(sources: any[], token?: string | null | undefined): Record<string, any>;
    /**
     * @param {import('./errors').Reason} reason
     * @param {any} [fields]
     * @returns {MenshenError}
     */
    fail(reason: import('./errors').Reason, fields?: any): MenshenError;
    /**
     * @param {any} failure of a wx function, or an error
     * @param {import('./errors').Reason} [reason] where wx's own number tells nothing
     */
    failure(failure: any, reason?: import("./errors").Reason | undefined): MenshenError;
    /**
     * The value of an answer, or its failure. What the gateway made is known by its header alone.
     * @param {import('./transport').Answer} answer
     * @param {boolean} own whether it comes from the gateway's address
     */
    judge({ status, header, data }: import('./transport').Answer, own: boolean): any;
    /**
     * Tells the app what happens; never a token, a code or a phone number.
     * @param {string} type
     * @param {any} [detail]
     */
    emit(type: string, detail?: any): void;
    /** @param {string} title */
    toast(title: string): void;
}
import { MenshenError } from "./errors";
