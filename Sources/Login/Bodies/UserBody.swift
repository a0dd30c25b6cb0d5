import Sessions

/// The body of `POST /auth/user`: the client's statements, open data, or both.
struct UserBody {
    /// As stated by the client.
    let profile: UserProfile
    let openData: OpenDataBody

    private static let members = [
        "nickname", "avatarUrl", "gender", "city", "province", "country", "encryptedData", "iv", "rawData", "signature",
    ]

    init(_ bytes: [UInt8]) throws(EndpointBody.Fault) {
        let body = try EndpointBody(bytes, example: #"{"nickname": "…"}"#)
        guard Self.members.contains(where: body.has) else {
            throw EndpointBody.Fault(message: #"nothing to update; send "nickname", "avatarUrl" or open data"#)
        }
        openData = try OpenDataBody(body)
        var profile = UserProfile()
        if let nickname = try body.text("nickname") {
            guard let valid = ProfileText.validated(nickname) else {
                throw EndpointBody.Fault(message: #""nickname" must have \#(ProfileText.rule)"#)
            }
            profile.nickname = valid
        }
        if let url = try body.text("avatarUrl") {
            guard let valid = ProfileText.avatar(url) else {
                throw EndpointBody.Fault(message: #""avatarUrl" must be \#(ProfileText.avatarRule)"#)
            }
            profile.avatarURL = valid
        }
        profile.gender = try body.integer("gender", 0...2).map { Int($0) }
        profile.city = try Self.place("city", body)
        profile.province = try Self.place("province", body)
        profile.country = try Self.place("country", body)
        self.profile = Self.withoutPlaceholder(profile)
    }

    /// The placeholder comes with a grey picture.
    private static func withoutPlaceholder(_ profile: UserProfile) -> UserProfile {
        guard let nickname = profile.nickname, ProfileText.isPlaceholder(nickname) else { return profile }
        var profile = profile
        profile.nickname = nil
        profile.avatarURL = nil
        return profile
    }

    /// The WeChat client sends "" for unknown values.
    private static func place(_ name: String, _ body: EndpointBody) throws(EndpointBody.Fault) -> String? {
        guard let text = try body.text(name), !text.isEmpty else { return nil }
        guard let valid = ProfileText.validated(text) else {
            throw EndpointBody.Fault(message: "\"\(name)\" must have \(ProfileText.rule)")
        }
        return valid
    }
}
