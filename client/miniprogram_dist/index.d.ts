/**
 * Login, requests and steps of authorisation for a mini program behind Menshen.
 * @param {import('./assemble').Options} options
 */
export function createMenshen(options: import('./assemble').Options): import("./request/api").Api;
import { Session } from "./login/session";
import { Status } from "./machines/status";
import { MenshenError } from "./foundation/errors";
import { AuthStep } from "./auth/steps";
import { AuthDisplayMode } from "./auth/steps";
import { withAuth } from "./auth/decorator";
import { mustAuth } from "./auth/decorator";
import { AUTH_KEY_NAME } from "./assemble";
import { REFRESH_LOGIN_FUSELINE_DEFAULT } from "./machines/fuse";
export { Session, Status, MenshenError, AuthStep, AuthDisplayMode, withAuth, mustAuth, AUTH_KEY_NAME, REFRESH_LOGIN_FUSELINE_DEFAULT };
