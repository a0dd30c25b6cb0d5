/**
 * A request as it goes out.
 */
export type Outgoing = {
    url: string;
    method: string;
    data?: any;
    header: Record<string, any>;
    timeout: number;
    /**
     * options of wx that are passed through
     */
    extra?: Record<string, any> | undefined;
    /**
     * may come after the end
     */
    onHeaders?: ((header: Record<string, string>) => void) | undefined;
    onProgress?: ((progress: any) => void) | undefined;
    onChunk?: ((text: string) => void) | undefined;
    /**
     * a chunk was passed on
     */
    started?: boolean | undefined;
};
export type Answer = {
    status: number;
    header: Record<string, string>;
    data: any;
};
export type Kind = 'request' | 'upload' | 'download' | 'stream';
/**
 * @param {any} host
 * @param {any} transport
 * @param {Kind} kind
 * @param {Outgoing} out
 * @returns {import('./task').Abortable<Answer>}
 */
export function send(host: any, transport: any, kind: Kind, out: Outgoing): import('./task').Abortable<Answer>;
/** @param {any} host @param {any} given of the app: a function for requests alone, or an object @returns {any} */
export function transportOf(host: any, given: any): any;
/** @param {any} header @returns {boolean} whether the gateway itself made or wrapped the answer */
export function made(header: any): boolean;
/** @param {any} text @returns {any} JSON as a value, anything else as it is */
export function parsed(text: any): any;
