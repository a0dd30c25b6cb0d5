import Cryptography
import JSON

/// The result of `wx.getUserInfo` and `wx.getUserProfile`. Nothing prints it.
package struct OpenUserInfo: Sendable, Equatable, Redacted {
    /// A user's own statements. Texts have 1 to 1024 bytes and are untrusted; nil: not stated.
    package struct Profile: Sendable, Equatable {
        /// The nickname.
        package let nickName: String
        /// The URL of the avatar.
        package let avatarUrl: String?
        /// 0 unknown, 1 male, 2 female.
        package let gender: Int?
        /// The city.
        package let city: String?
        /// The province.
        package let province: String?
        /// The country.
        package let country: String?
    }

    /// Since November 2022 WeChat returns this nickname for all users, with a grey avatar.
    static let placeholder = "微信用户"
    private static let longestText = 1024

    /// The owner of the data; nil in `rawData`, which has none. The caller compares it: CBC does not protect data from
    /// clients that alter them.
    package let openId: String?
    /// The unionid; nil where WeChat does not give one.
    package let unionId: String?
    /// Nil without a nickname, or with the placeholder.
    package let profile: Profile?

    /// Nil where a member is of another shape than WeChat's.
    init?(_ node: JSONNode) {
        guard node.members != nil, let openId = Self.identifier(node["openId"]),
            let unionId = Self.identifier(node["unionId"]), let nickName = Self.text(node["nickName"]),
            let avatarUrl = Self.text(node["avatarUrl"]), let city = Self.text(node["city"]),
            let province = Self.text(node["province"]), let country = Self.text(node["country"])
        else { return nil }
        self.openId = openId.isEmpty ? nil : openId
        self.unionId = unionId.isEmpty ? nil : unionId
        guard !nickName.isEmpty, !nickName.utf8.elementsEqual(Self.placeholder.utf8) else {
            profile = nil
            return
        }
        profile = Profile(
            nickName: nickName,
            avatarUrl: avatarUrl.isEmpty ? nil : avatarUrl,
            gender: OpenAPIResponse.integer(node["gender"]).flatMap { (0...2).contains($0) ? Int($0) : nil },
            city: city.isEmpty ? nil : city,
            province: province.isEmpty ? nil : province,
            country: country.isEmpty ? nil : country
        )
    }

    /// Empty where it is absent; nil where it is not fit.
    private static func identifier(_ node: JSONNode?) -> String? {
        guard let text = text(node) else { return nil }
        return text.isEmpty || OpenAPIResponse.isIdentifier(text) ? text : nil
    }

    /// Empty where it is absent; nil where it is not fit.
    private static func text(_ node: JSONNode?) -> String? {
        guard let node, !node.isNull else { return "" }
        guard let text = node.string, text.utf8.count <= longestText else { return nil }
        return text
    }
}
