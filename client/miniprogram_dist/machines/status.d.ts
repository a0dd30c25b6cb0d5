/** The state of something that runs, succeeds or fails, and can run again. */
export class Status {
    /** @param {string} name for messages */
    constructor(name: string);
    name: string;
    /** @type {number} UN_START, ING, SUCCESS or FAIL */
    status: number;
    /** @type {any} what `fail` was called with */
    error: any;
    /** @private @type {{ value: number, listener: Function }[]} */
    private once;
    ing(): void;
    /** @param {any} [value] */
    success(value?: any): void;
    /** @param {any} [error] */
    fail(error?: any): void;
    /** Back to the beginning. Listeners stay. */
    reset(): void;
    isIng(): boolean;
    isSuccess(): boolean;
    isFail(): boolean;
    /**
     * Waits for the success: at once if it is there, rejected if it failed.
     * @param {() => void} [callback] called at the success
     * @returns {Promise<void>}
     */
    must(callback?: (() => void) | undefined): Promise<void>;
    /** @param {(value?: any) => void} listener called at the next success @returns {() => void} removes it */
    onceSuccess(listener: (value?: any) => void): () => void;
    /** @param {(error?: any) => void} listener called at the next failure @returns {() => void} removes it */
    onceFail(listener: (error?: any) => void): () => void;
    /** @private @returns {() => void} */
    private listen;
    /** @private */
    private change;
}
export namespace Status {
    export { UN_START };
    export { ING };
    export { SUCCESS };
    export { FAIL };
}
export const UN_START: 0;
export const ING: 1;
export const SUCCESS: 2;
export const FAIL: -1;
