export type SocketOptions = {
    query?: Record<string, any> | undefined;
    header?: Record<string, any> | undefined;
    protocols?: string[] | undefined;
    /**
     * true unless false
     */
    needLogin?: boolean | undefined;
    /**
     * messages that wait while the socket is not open; 0: they reject
     */
    buffer?: number | undefined;
    /**
     * a text that is sent while the socket is open
     */
    heartbeat?: {
        interval?: number | undefined;
        data?: string | undefined;
    } | undefined;
};
export type SocketState = 'connecting' | 'open' | 'waiting' | 'closed';
/** A socket that survives its connections. */
export class Socket {
    /**
     * @param {any} api
     * @param {string} path
     * @param {SocketOptions} options
     * @returns {any} an abortable promise of an open socket
     */
    static connect(api: any, path: string, options: SocketOptions): any;
    /** @param {any} api @param {string} path @param {SocketOptions} options */
    constructor(api: any, path: string, options: SocketOptions);
    /** @type {SocketState} */
    state: SocketState;
    /** @private */
    private api;
    /** @private */
    private options;
    /** @private */
    private target;
    /** @private */
    private wants;
    /** @private */
    private machine;
    /** @private @type {any} */
    private task;
    /** @private @type {any} */
    private stamp;
    /** @private @type {any[]} */
    private waiting;
    /** @private */
    private listeners;
    /**
     * The timer of the present state.
     * @private
     */
    private cancel;
    /** @private */
    private removals;
    /** @param {string | ArrayBuffer} data @returns {Promise<void>} */
    send(data: string | ArrayBuffer): Promise<void>;
    /** @param {(data: string | ArrayBuffer) => void} listener @returns {() => void} removes it */
    onMessage(listener: (data: string | ArrayBuffer) => void): () => void;
    /** @param {(state: SocketState, error?: any) => void} listener @returns {() => void} removes it */
    onState(listener: (state: SocketState, error?: any) => void): () => void;
    /**
     * Ends the socket for good.
     * @param {number} [code]
     * @param {string} [reason]
     */
    close(code?: number | undefined, reason?: string | undefined): void;
    /** @private */
    private listen;
    /** @private */
    private tell;
    /** @private */
    private become;
    /**
     * Does what the machine says.
     * @private
     */
    private go;
    /** @private */
    private login;
    /** @private */
    private connect;
    /** @private */
    private opened;
    /**
     * One call decides between a login and a pause; the request layer makes the login.
     * @private
     */
    private check;
    /** @private */
    private end;
}
