/// WeChat's Open API and the Mini Programs that log in here.
package struct WeChatConfiguration: Sendable, Equatable {
    /// Scheme, host and port, without a slash at the end. `http` only where the host is loopback.
    package var baseURL = "https://api.weixin.qq.com"
    /// The longest that one call may take.
    package var timeout = Duration.seconds(5)
    /// The longest that connecting may take, as part of `timeout`.
    package var connectTimeout = Duration.seconds(2)
    /// Logins that ask WeChat at a time, for each app.
    package var exchanges = 256
    /// The authorities that the certificate of WeChat's host has to lead to, at least one, in PEM. Nil: those of the
    /// machine.
    package var authorities: PEMFile?
    /// The proxy for the gateway's own calls to WeChat, `http://host:port`. Nil: the environment's, if any.
    package var proxy: String?
    /// The Mini Programs. At least one, each id once.
    package var apps: [WeChatAppConfiguration] = []

    init() {}

    /// All that logins may go to, the apps' own included.
    package var baseURLs: [String] {
        apps.isEmpty ? [baseURL] : apps.map { $0.baseURL ?? baseURL }
    }
}

/// One Mini Program.
package struct WeChatAppConfiguration: Sendable, Equatable {
    /// The app's id, such as `wx4f4bc4dec97d474b`: letters, digits, `-` and `_`.
    package var appID = ""
    /// The app's secret.
    package var secret = Secret.unset
    /// Where WeChat's Open API is for this app, by the rules of `WeChatConfiguration.baseURL`; nil: as for all.
    package var baseURL: String?
    /// The statuses of replies to this app's users; nil: as configured for the whole file.
    package var statuses: StatusPolicy?

    init() {}
}
