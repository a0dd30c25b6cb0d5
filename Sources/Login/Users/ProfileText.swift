/// The rules for texts of a profile: they are shown to other users, so they are bounded and must not change how
/// surrounding text is displayed.
enum ProfileText {
    static let longest = 64
    /// A character may consist of many code points.
    private static let longestBytes = 512
    static let rule = "1 to 64 characters (512 bytes), and no control characters"
    static let avatarRule = "an https URL of at most 1024 bytes; files of the client are uploaded first"
    private static let longestURL = 1024
    /// The nickname that WeChat returns since November 2022 for users who did not set one.
    private static let placeholder = "微信用户"

    /// The text, where it follows the rule.
    static func validated(_ text: String) -> String? {
        guard (1...longestBytes).contains(text.utf8.count), text.count <= longest,
            text.unicodeScalars.allSatisfy({ !isControl($0) })
        else { return nil }
        return text
    }

    static func isPlaceholder(_ nickname: String) -> Bool {
        nickname.utf8.elementsEqual(placeholder.utf8)
    }

    /// The URL, where it follows the rule.
    static func avatar(_ url: String) -> String? {
        guard url.utf8.count <= longestURL, url.utf8.allSatisfy(isURLByte), url.lowercased().hasPrefix("https://")
        else { return nil }
        let authority = url.utf8.dropFirst(8).prefix { !"/?#".utf8.contains($0) }
        // A user name in front of the host could mislead a reader of the URL.
        return authority.isEmpty || authority.contains(UInt8(ascii: "@")) ? nil : url
    }

    /// An avatar from WeChat's open data; older URLs use http, where https works too.
    static func wechatAvatar(_ url: String) -> String? {
        let http = "http://"
        return avatar(url.hasPrefix(http) ? "https://" + url.dropFirst(http.count) : url)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    private static func isURLByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !#""<>\^`{|}"#.utf8.contains(byte)
    }
}
