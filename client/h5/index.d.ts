/**
 * `renewPage`: the page of the mini program that opens this H5 page again. `renewTicket`: another way to a ticket.
 */
export type WebOptions = import('../miniprogram_dist/assemble').Options & {
    renewPage?: string;
    renewTicket?: () => Promise<string>;
};
/**
 * The same client for an H5 page that a mini program opened with `session.webViewUrl`.
 * @param {WebOptions} options
 * @returns {import('../miniprogram_dist/request/api').Api}
 */
export function createMenshen(options: WebOptions): import('../miniprogram_dist/request/api').Api;
import { MenshenError } from "../miniprogram_dist/foundation/errors";
import { Status } from "../miniprogram_dist/machines/status";
export { MenshenError, Status };
