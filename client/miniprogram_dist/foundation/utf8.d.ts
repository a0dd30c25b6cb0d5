/** Decodes UTF-8 that arrives in pieces; a character can be cut anywhere. Mini programs have no TextDecoder. */
export class Utf8 {
    /** @private @type {number[]} */
    private rest;
    /** @param {ArrayBuffer} buffer @returns {string} the characters that are complete */
    push(buffer: ArrayBuffer): string;
    /** @returns {string} a replacement character where the text was cut inside one */
    end(): string;
}
