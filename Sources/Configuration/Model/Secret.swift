import Cryptography

/// Bytes that must not be seen: no description, dump or mirror shows them.
package struct Secret: Sendable, Equatable {
    /// The secret itself.
    package let bytes: [UInt8]

    /// Wraps bytes.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    static let unset = Secret([])
}

extension Secret: Redacted {
    /// A constant text for every secret.
    package var description: String { "(secret)" }
}
