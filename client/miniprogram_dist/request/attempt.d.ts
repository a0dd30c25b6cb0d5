/**
 * A call, from its first attempt to its last. Each reason for another attempt has one chance.
 * @param {any} api
 * @param {import('../foundation/transport').Kind} kind
 * @param {any} spec
 * @returns {Generator<any, { status: number, header: Record<string, string>, data: any }, any>}
 */
export function attempts(api: any, kind: import('../foundation/transport').Kind, spec: any): Generator<any, {
    status: number;
    header: Record<string, string>;
    data: any;
}, any>;
/** Whether the token belongs to a call. */
export function wantsToken({ options }: {
    options: any;
}, request: any, own: any): any;
