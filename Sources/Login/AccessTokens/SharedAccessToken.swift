import Cryptography
import JSON
import WeChat

/// An access token as the gateways of one store pass it on. Nothing prints it.
struct SharedAccessToken: Equatable, Redacted {
    let token: AccessToken
    /// When the last forced fetch was, in milliseconds since 1970.
    let forcedAt: Int64?

    init(token: AccessToken, forcedAt: Int64?) {
        self.token = token
        self.forcedAt = forcedAt
    }

    /// Nil for what no gateway wrote.
    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONReader(maximumDepth: 2).read(bytes), let text = node["token"]?.string,
            AccessToken.isText(text),
            let expiresAt = node["expiresAt"]?.integer
        else { return nil }
        self.init(token: AccessToken(text: text, expiresAt: expiresAt), forcedAt: node["forcedAt"]?.integer)
    }

    var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("token", token.text)
        writer.member("expiresAt", token.expiresAt)
        if let forcedAt { writer.member("forcedAt", forcedAt) }
        writer.endObject()
        return writer.bytes
    }
}
