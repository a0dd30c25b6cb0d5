extension WeChatConfiguration: ConfigurationSection {
    static let summary = "WeChat's Open API, and the Mini Programs whose users log in."

    static var keys: [Key<WeChatConfiguration>] {
        [
            .key(
                "baseURL",
                \.baseURL,
                .weChatBaseURL,
                "The base URL of WeChat's Open API: scheme, host and port. `http` is allowed for loopback hosts only.",
                examples: [.string("http://127.0.0.1:9010")]
            ),
            .key(
                "timeout",
                \.timeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The maximum duration of one call to WeChat, connecting included."
            ),
            .key(
                "connectTimeout",
                \.connectTimeout,
                .duration(.milliseconds(1)...(.seconds(60))),
                "The maximum time to connect to WeChat, as part of `timeout`."
            ),
            .key(
                "exchanges",
                \.exchanges,
                .integer(1...4096),
                "The maximum number of concurrent login calls to WeChat, per app. At most 100 further logins wait in a "
                    + "queue."
            ),
            .key(
                "ca",
                \.authorities,
                ValueDecoder<PEMFile>.certificateFile.optional,
                "A PEM file with the certificate authorities for WeChat's host, or with the host's own certificate. If "
                    + "omitted, the machine's authorities.",
                examples: [.string("keys/wechat-ca.pem")]
            ),
            .key(
                "proxy",
                \.proxy,
                ValueDecoder<String>.proxyURL.optional,
                "The HTTP proxy for the gateway's own calls to WeChat, used with CONNECT. Calls to loopback hosts "
                    + "bypass the proxy. If omitted, `https_proxy`, `all_proxy` and `no_proxy` of the environment "
                    + "apply.",
                examples: [.string("http://proxy.internal:3128")]
            ),
            .key(
                "apps",
                \.apps,
                .array(of: .section(), minimum: 1),
                required: true,
                "The Mini Programs whose users log in."
            ),
        ]
    }
}

extension WeChatAppConfiguration: ConfigurationSection {
    static let summary = "One Mini Program."

    static var keys: [Key<WeChatAppConfiguration>] {
        [
            .key(
                "appId",
                \.appID,
                .name,
                required: true,
                "The app id of the Mini Program.",
                examples: [.string("wx4f4bc4dec97d474b")]
            ),
            .key(
                "secret",
                \.secret,
                .secret(minimumBytes: 1),
                required: true,
                "The app secret of the Mini Program.",
                examples: [.object([("env", .string("WECHAT_APP_SECRET"))])]
            ),
            .key(
                "baseURL",
                \.baseURL,
                ValueDecoder<String>.weChatBaseURL.optional,
                "The base URL of WeChat's Open API for this app, such as a stand-in for a test app beside a real one. "
                    + "If omitted, `wechat.baseURL`.",
                examples: [.string("http://127.0.0.1:9010")]
            ),
            .key(
                "statuses",
                \.statuses,
                ValueDecoder<StatusPolicy>.choice().optional,
                "The HTTP statuses of local replies to this app's users, on routes without `statuses`. If omitted, the "
                    + "top-level `statuses`."
            ),
        ]
    }
}
