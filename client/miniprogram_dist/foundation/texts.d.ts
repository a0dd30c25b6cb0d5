/**
 * All texts. `messages` are for developers, `users` for those who use the mini program, `ui` stands in the components.
 */
export type Texts = {
    refreshing: string;
    loginSucceeded: string;
    loginFailed: string;
    /**
     * also shown for reasons without a text of their own
     */
    tapAgain: string;
    messages: Record<string, string>;
    users: Record<string, string>;
    ui: Record<string, string>;
};
/**
 * @param {'zh-CN' | 'en' | undefined} language
 * @param {any} [own] texts of the app, of the same shape, any part of them
 * @returns {Texts}
 */
export function texts(language: 'zh-CN' | 'en' | undefined, own?: any): Texts;
