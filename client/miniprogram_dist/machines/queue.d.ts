/**
 * Those who wait for one flight. The machine holds them and never calls them.
 * @template T
 */
export class Queue<T> {
    /** @param {{ refreshLoginQueueMaxLength: number }} limits the number of waiters that have room */
    constructor(limits: {
        refreshLoginQueueMaxLength: number;
    });
    limits: {
        refreshLoginQueueMaxLength: number;
    };
    /** @type {Set<T>} */
    waiters: Set<T>;
    get size(): number;
    /**
     * @param {T} waiter
     * @returns {boolean} false: no room
     */
    join(waiter: T): boolean;
    /** @param {T} waiter a waiter that was aborted; unknown ones are ignored */
    leave(waiter: T): void;
    /** @returns {T[]} all waiters in their order; the queue is empty afterwards */
    drain(): T[];
}
