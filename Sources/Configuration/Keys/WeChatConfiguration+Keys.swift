extension WeChatConfiguration: ConfigurationSection {
    static let summary = "WeChat's Open API and the Mini Programs that log in here."

    static var keys: [Key<WeChatConfiguration>] {
        [
            .key(
                "baseURL",
                \.baseURL,
                .weChatBaseURL,
                "Where WeChat's Open API is: scheme, host and port. http is for loopback hosts only.",
                examples: [.string("http://127.0.0.1:9010")]
            ),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The longest that one call to WeChat may take."
            ),
            .key(
                "connectTimeout",
                \.connectTimeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The longest that connecting to WeChat may take, as part of `timeout`."
            ),
            .key(
                "exchanges",
                \.exchanges,
                .integer(1...4096),
                "Logins that ask WeChat at a time, for each app. More wait, 100 at most."
            ),
            .key(
                "ca",
                \.authorities,
                Kind<PEMFile>.certificateFile.optional,
                "A PEM file with the authorities that the certificate of WeChat's host has to lead to, or with that "
                    + "certificate itself. Those of the machine where it is left out.",
                examples: [.string("keys/wechat-ca.pem")]
            ),
            .key(
                "proxy",
                \.proxy,
                Kind<String>.proxyURL.optional,
                "The HTTP proxy that carries the gateway's own calls to WeChat by CONNECT. Loopback hosts are called "
                    + "directly. `https_proxy` and `no_proxy` of the environment where it is left out.",
                examples: [.string("http://proxy.internal:3128")]
            ),
            .key("apps", \.apps, .array(of: .section(), minimum: 1), required: true, "The Mini Programs."),
        ]
    }
}

extension WeChatAppConfiguration: ConfigurationSection {
    static let summary = "One Mini Program."

    static var keys: [Key<WeChatAppConfiguration>] {
        [
            .key("appId", \.appID, .name, required: true, "The app's id.", examples: [.string("wx4f4bc4dec97d474b")]),
            .key(
                "secret",
                \.secret,
                .secret(minimumBytes: 1),
                required: true,
                "The app's secret.",
                examples: [.object([("env", .string("WECHAT_APP_SECRET"))])]
            ),
            .key(
                "baseURL",
                \.baseURL,
                Kind<String>.weChatBaseURL.optional,
                "Where WeChat's Open API is for this app, as a stand-in for a test app beside a real one. As for all "
                    + "apps where it is left out.",
                examples: [.string("http://127.0.0.1:9010")]
            ),
            .key(
                "statuses",
                \.statuses,
                Kind<StatusPolicy>.choice().optional,
                "The HTTP statuses of replies to this app's users, where the route does not say. As the whole file "
                    + "says where it is left out."
            ),
        ]
    }
}
