/// The apps, and how WeChat is reached.
struct WeChatChecks: ConfigurationChecks {
    var context: CheckContext

    mutating func run() {
        checkApps()
        checkAppIDs()
        checkConnections()
    }

    private mutating func checkApps() {
        var seen: Set<String> = []
        for (index, app) in configuration.weChat.apps.enumerated()
        where !app.appID.isEmpty && !seen.insert(app.appID).inserted {
            fault(
                location("wechat", "apps", "\(index)", "appId"),
                "the app \"\(app.appID)\" is listed twice"
            )
        }
        if configuration.weChat.connectTimeout > configuration.weChat.timeout {
            fault(location("wechat", "connectTimeout"), "is longer than \"timeout\", which includes it")
        }
    }

    /// WeChat's own ids are `wx` and 16 hexadecimal digits. The stand-in accepts any.
    private mutating func checkAppIDs() {
        for (index, app) in configuration.weChat.apps.enumerated() where !app.appID.isEmpty {
            let digits = app.appID.utf8.dropFirst(2)
            let isPlausible =
                app.appID.hasPrefix("wx") && digits.count == 16 && digits.allSatisfy { $0.hexadecimalValue != nil }
            if isPlausible || Self.isLoopback(app.baseURL ?? configuration.weChat.baseURL) { continue }
            warning(
                location("wechat", "apps", "\(index)", "appId"),
                "\(Printable.quoted(app.appID)) is not an AppID of WeChat: those are \"wx\" and 16 hexadecimal digits",
                hint: app.appID.hasPrefix("gh_")
                    ? "this is the original id (原始ID); copy the AppID beside it"
                    : "copy the AppID from mp.weixin.qq.com"
            )
        }
    }

    /// Warns of keys without effect for the base URLs of this file.
    private mutating func checkConnections() {
        let weChat = configuration.weChat
        if weChat.authorities != nil, !weChat.baseURLs.contains(where: { $0.hasPrefix("https://") }) {
            warning(location("wechat", "ca"), "has no effect: no \"baseURL\" is https")
        }
        if weChat.proxy != nil, weChat.baseURLs.allSatisfy(Self.isLoopback) {
            warning(location("wechat", "proxy"), "has no effect: loopback hosts are called directly")
        }
    }

    private static func isLoopback(_ baseURL: String) -> Bool {
        guard let (_, host, _) = try? ServerURL.split(baseURL, schemes: ["https", "http"]) else { return false }
        return NetworkName.isLoopback(host)
    }
}
