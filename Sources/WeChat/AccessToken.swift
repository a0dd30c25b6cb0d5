import APICalls
import Cryptography
import JSON

/// The credential for calls in the name of an app. Nothing prints its text.
package struct AccessToken: Sendable, Equatable, Redacted {
    /// 1 to 512 visible ASCII characters.
    package let text: String
    /// In milliseconds since 1970.
    package let expiresAt: Int64

    /// - Parameter expiresAt: milliseconds since 1970.
    package init(text: String, expiresAt: Int64) {
        self.text = text
        self.expiresAt = expiresAt
    }

    /// Whether WeChat could have given that text: 1 to 512 visible ASCII characters.
    package static func isText(_ text: String) -> Bool {
        OpenAPIResponse.isIdentifier(text, atMost: AccessTokenGrant.longestText)
    }

    /// When the token expires.
    package var visibleMembers: KeyValuePairs<String, Any> { ["expiresAt": expiresAt] }
}

/// The response of `stable_token`. Nothing prints the text.
package struct AccessTokenGrant: Sendable, Equatable, Redacted {
    /// Official: keep room for 512 characters.
    static let longestText = 512
    /// Seconds. Official: 7200 at most.
    static let lifetimes: ClosedRange<Int64> = 1...7200

    /// 1 to 512 visible ASCII characters.
    package let text: String
    /// How long the token lives from now on, in seconds: 1 to 7200.
    package let lifetime: Int64

    /// - Parameter lifetime: in seconds.
    package init(text: String, lifetime: Int64) {
        self.text = text
        self.lifetime = lifetime
    }

    static func read(_ response: APIResponse) -> Result<AccessTokenGrant, WeChatFailure> {
        OpenAPIResponse.read(response, of: .stableToken).flatMap { body in
            guard let text = body.node["access_token"]?.string,
                AccessToken.isText(text),
                let lifetime = OpenAPIResponse.integer(body.node["expires_in"]), lifetimes.contains(lifetime)
            else { return .failure(WeChatFailure(.unintelligible(status: response.status))) }
            return .success(AccessTokenGrant(text: text, lifetime: lifetime))
        }
    }

    /// The token's lifetime.
    package var visibleMembers: KeyValuePairs<String, Any> { ["lifetime": lifetime] }
}
