export namespace AuthStep {
    const ONE: number;
    const TWO: number;
    const THREE: number;
}
/**
 * Where a step is shown.
 * @type {{ POPUP: 'button', PAGE: 'page' }}
 */
export const AuthDisplayMode: {
    POPUP: 'button';
    PAGE: 'page';
};
/**
 * What a step needs, in the order in which it is asked for.
 * @param {number | import('../login/session').Need[]} wanted a step, or the needs themselves
 * @returns {import('../login/session').Need[]}
 */
export function needsOf(wanted: number | import('../login/session').Need[]): import('../login/session').Need[];
/** @param {any} session @param {number | any[]} wanted @returns {import('../login/session').Need[]} */
export function missingOf(session: any, wanted: number | any[]): import('../login/session').Need[];
