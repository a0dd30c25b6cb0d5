export type DecoratorOptions = import('./must-auth').MustAuthOptions & {
    session?: import('../login/session').Session;
};
/** @typedef {import('./must-auth').MustAuthOptions & { session?: import('../login/session').Session }} DecoratorOptions */
/**
 * A method that runs when the user has given what it needs. Calls meanwhile share one run.
 * @template {(...args: any[]) => any} T
 * @param {DecoratorOptions} options
 * @param {T} method
 * @returns {(this: any, ...args: Parameters<T>) => Promise<any>}
 */
export function withAuth<T extends (...args: any[]) => any>(options: DecoratorOptions, method: T): (this: any, ...args: Parameters<T>) => Promise<any>;
/**
 * `@mustAuth()` for methods of classes, by TypeScript's decorators and by those of the language.
 * @param {DecoratorOptions} [options]
 * @returns {(target: any, context: any, descriptor?: any) => any}
 */
export function mustAuth(options?: DecoratorOptions | undefined): (target: any, context: any, descriptor?: any) => any;
