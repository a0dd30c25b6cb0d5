/** What a host is, whatever it runs on: timers, the foreground, and calls that settle once. */
export class Host {
    visible: boolean;
    /** @private @type {Set<(visible: boolean) => void>} */
    private watchers;
    now(): number;
    /** @param {number} ms @param {() => void} action @returns {() => void} cancels it */
    later(ms: number, action: () => void): () => void;
    /** @param {number} ms */
    pause(ms: number): import("./task").Abortable<any>;
    /**
     * A timer by time stamps. JavaScript stops in the background: callbacks that waited there come with the return,
     * beside the timer, and get a second to arrive.
     * @param {number} ms
     * @param {() => void} action
     */
    deadline(ms: number, action: () => void): {
        touch: () => void;
        cancel: () => any;
    };
    /**
     * Calls a function with `success` and `fail`, or one that returns a promise. The first answer counts; a missing one
     * becomes a time-out.
     * @param {any} fn
     * @param {any} options
     * @param {number} limit milliseconds
     * @param {(task: any, watch: { touch: () => void }) => void} [attach] gets what the function returns
     * @returns {import('./task').Abortable<any>}
     */
    call(fn: any, options: any, limit: number, attach?: ((task: any, watch: {
        touch: () => void;
    }) => void) | undefined): import('./task').Abortable<any>;
    /** @param {(visible: boolean) => void} watcher @returns {() => void} removes it */
    onVisible(watcher: (visible: boolean) => void): () => void;
    /** @param {boolean} visible */
    show(visible: boolean): void;
    /** Waits for the foreground. */
    foreground(): import("./task").Abortable<any>;
}
/** The mini program itself. Functions that a host lacks are left out; a missing `wx` lacks all of them. */
export class WxHost extends Host {
    wx: any;
    /** @param {string} name @returns {any} wx's function, bound */
    fn(name: string): any;
    /** @param {string} name @param {any} [options] @returns {any} undefined where it is missing or throws */
    ask(name: string, options?: any): any;
    /** @param {(online: boolean) => void} listener @returns {() => void} removes it */
    onNetwork(listener: (online: boolean) => void): () => void;
    /** @returns {{ appId: string, envVersion: string }} */
    account(): {
        appId: string;
        envVersion: string;
    };
    /** The single page that opens a share in the timeline: no login, no buttons, no navigation. */
    singlePage(): boolean;
    /** @param {string} key @returns {any} */
    load(key: string): any;
    /** Storage can be full: what cannot be written must not come back after a restart either. */
    save(key: any, value: any): void;
    /** @returns {any[]} the stack of pages, the present one last */
    pages(): any[];
}
