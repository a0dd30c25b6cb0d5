import Configuration
import Cryptography
import HTTPWire

/// A client key of the configuration, in the form that the data path uses.
struct ClientKey: Sendable {
    /// The header's name, in lower case.
    let name: [UInt8]
    /// What the parser calls that name.
    let field: KnownField
    private let digests: [[UInt8]]

    init(_ key: ClientKeyConfiguration, names: FieldNames) {
        name = Array(key.header.utf8)
        field = names.field(named: name)
        digests = key.digests
    }

    /// Whether the key is one of those taken. All are looked at, so that the time tells nothing.
    func matches(_ key: Span<UInt8>) -> Bool {
        let digest: Bytes32
        do throws(CryptographyError) { digest = try Digest.sha256(key) } catch { return false }
        var isMatch = false
        for taken in digests where constantTimeEquals(taken.span, digest.span) { isMatch = true }
        return isMatch
    }
}
