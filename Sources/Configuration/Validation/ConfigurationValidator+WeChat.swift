/// How WeChat is reached.
extension ConfigurationValidator {
    /// Warns of keys without effect for the base URLs of this file.
    mutating func checkWeChatConnections() {
        let weChat = configuration.weChat
        if weChat.authorities != nil, !weChat.baseURLs.contains(where: { $0.hasPrefix("https://") }) {
            reader.warning(location("wechat", "ca"), "has no effect: no \"baseURL\" is https")
        }
        if weChat.proxy != nil, weChat.baseURLs.allSatisfy(Self.isLoopback) {
            reader.warning(location("wechat", "proxy"), "has no effect: loopback hosts are called directly")
        }
    }

    private static func isLoopback(_ baseURL: String) -> Bool {
        guard let (_, host, _) = try? ServerURL.split(baseURL, schemes: ["https", "http"]) else { return false }
        return NetworkName.isLoopback(host)
    }
}
