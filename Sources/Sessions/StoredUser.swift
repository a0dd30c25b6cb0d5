import Cryptography

/// A user of an app, as WeChat names them. Users are keyed so, never by unionid, which may come later.
package struct UserKey: Sendable, Hashable {
    /// The app id.
    package let appID: String
    /// The openid, or `user:` and the user id for a user of another issuer.
    package let openid: String

    /// Creates the key of a user with an openid.
    package init(appID: String, openid: String) {
        self.appID = appID
        self.openid = openid
    }

    /// Creates the key of a user of another login, who may have no openid: openids contain no colon.
    package init(appID: String, foreignUserID userID: String) {
        self.init(appID: appID, openid: "user:" + userID)
    }

    /// Whether `openid` is WeChat's.
    package var hasOpenid: Bool { !openid.utf8.contains(UInt8(ascii: ":")) }
}

/// The profile of a user, as stated by the client or by WeChat's open data. Nil: unknown.
package struct UserProfile: Sendable, Equatable {
    /// The nickname.
    package var nickname: String?
    /// The URL of the avatar.
    package var avatarURL: String?
    /// WeChat's: 0 unknown, 1 male, 2 female.
    package var gender: Int?
    /// The city.
    package var city: String?
    /// The province.
    package var province: String?
    /// The country.
    package var country: String?

    /// Creates a profile; omitted members are unknown.
    package init(
        nickname: String? = nil,
        avatarURL: String? = nil,
        gender: Int? = nil,
        city: String? = nil,
        province: String? = nil,
        country: String? = nil
    ) {
        self.nickname = nickname
        self.avatarURL = avatarURL
        self.gender = gender
        self.city = city
        self.province = province
        self.country = country
    }

    /// Merges two profiles; known values of `newer` win.
    package func merged(with newer: UserProfile) -> UserProfile {
        UserProfile(
            nickname: newer.nickname ?? nickname,
            avatarURL: newer.avatarURL ?? avatarURL,
            gender: newer.gender ?? gender,
            city: newer.city ?? city,
            province: newer.province ?? province,
            country: newer.country ?? country
        )
    }
}

/// What routes can require to be known of a user.
package struct UserFacts: OptionSet, Sendable, Hashable {
    /// The bits of the facts.
    package let rawValue: UInt8

    /// Creates a set from its bits.
    @inlinable
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A nickname is known.
    package static let profile = UserFacts(rawValue: 1)
    /// A phone number is known.
    package static let phone = UserFacts(rawValue: 2)

    /// The contract's `authStep`: 1 logged in, 2 profile known, 3 phone known too.
    package var authStep: Int {
        guard contains(.profile) else { return 1 }
        return contains(.phone) ? 3 : 2
    }
}

/// A user as stored. Nothing prints the phone number.
package struct StoredUser: Sendable, Equatable, Redacted {
    /// The user id.
    package var userID: String
    /// The unionid; nil where it is not known.
    package var unionid: String?
    /// The profile.
    package var profile: UserProfile
    /// With its country code, as WeChat's `phoneNumber`.
    package var phone: String?
    /// Whether an operator blocked the user.
    package var isBlocked: Bool
    /// When the session ends that was begun, or by which the user was found, in seconds since 1970; nil where there is none.
    package var sessionExpiry: Int64?

    /// Creates a user; omitted members are unknown.
    package init(
        userID: String,
        unionid: String?,
        profile: UserProfile = UserProfile(),
        phone: String? = nil,
        isBlocked: Bool = false,
        sessionExpiry: Int64? = nil
    ) {
        self.userID = userID
        self.unionid = unionid
        self.profile = profile
        self.phone = phone
        self.isBlocked = isBlocked
        self.sessionExpiry = sessionExpiry
    }

    /// The facts that the profile and the phone number establish.
    package var facts: UserFacts {
        var facts: UserFacts = []
        if profile.nickname != nil { facts.insert(.profile) }
        if phone != nil { facts.insert(.phone) }
        return facts
    }

    /// The user's id.
    package var visibleMembers: KeyValuePairs<String, Any> { ["userID": userID] }
}

/// A user to import (`menshen import-users`).
package struct ImportedUser: Sendable, Equatable {
    /// The user as WeChat names them.
    package let user: UserKey
    /// The user id to record.
    package let userID: String
    /// The unionid; nil keeps the recorded one.
    package let unionid: String?

    /// - Parameter unionid: nil keeps the recorded one.
    package init(user: UserKey, userID: String, unionid: String?) {
        self.user = user
        self.userID = userID
        self.unionid = unionid
    }
}
