import Cryptography
import HTTPWire
import JSON

/// A new token in a response, since the client's token is invalid or near its expiry: in `x-auth-token` and
/// `x-auth-expires-in`, and in bodies of the gateway also as `"auth":{…}`, since wx.uploadFile does not expose headers
/// (contract, section 4). Nothing prints it.
package final class NewToken: Sendable, Redacted {
    /// The token, without a scheme.
    package let token: [UInt8]
    /// In seconds, from when it was brought.
    let expiresIn: Int64
    /// With `cache-control`.
    let fields: FieldBlock
    /// A whole JSON member, with a comma before it.
    let member: [UInt8]

    /// - Parameter expiresIn: seconds.
    package init(_ token: String, expiresIn: Int64) {
        let bytes = Array(token.utf8)
        self.token = bytes
        self.expiresIn = expiresIn
        var fields = FieldBlock()
        fields.append("x-auth-token", bytes.span)
        fields.append("x-auth-expires-in") { $0.write(decimal: Int(clamping: expiresIn)) }
        fields.append("cache-control", "private, no-store")
        self.fields = fields
        var json = JSONWriter(reserving: bytes.count + 48)
        json.beginObject()
        json.member("token", token)
        json.member("expiresIn", expiresIn)
        json.endObject()
        member = Array(#","auth":"#.utf8) + json.bytes
    }
}
