/// A static key that a route may require of clients. This is not authentication.
package struct ClientKeyConfiguration: Sendable, Equatable {
    /// The request header that carries the key, in lower case.
    package var header = "bg-key"
    /// SHA-256 of each key that is taken, 32 bytes each. At least one; several for a change of keys.
    package var digests: [[UInt8]] = []

    init() {}
}
