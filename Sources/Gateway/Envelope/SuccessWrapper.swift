import JSON
package import NIOCore

/// Wraps a service's streamed success body as `{"code":10000,"msg":"Success!","data":<body>}`. No byte of the body goes
/// on before the validator took it, and the closing brace comes only after exactly one value: a body can't break out of
/// the envelope. Where either says no, the connection has to be cut, so that nothing looks complete.
///
/// The body's bytes stay as they are, so that `prefixCount + length + suffixCount` is the length of the whole.
package struct SuccessWrapper: Sendable {
    private static let prefix: StaticString = #"{"code":10000,"msg":"Success!","data":"#
    private static let suffix: StaticString = "}"
    private var validator: JSONValidator

    /// Bytes before and after the body.
    package static var prefixCount: Int { prefix.utf8CodeUnitCount }
    /// The number of bytes behind the body, without a new token.
    package static var suffixCount: Int { suffix.utf8CodeUnitCount }

    /// - Parameter maximumDepth: arrays and objects inside each other that the body may have.
    package init(maximumDepth: Int = 128) {
        validator = JSONValidator(maximumDepth: maximumDepth)
    }

    /// What comes before the body.
    package func start(into output: inout ByteBuffer) {
        output.writeStaticString(Self.prefix)
    }

    /// Whether the next bytes of the body may go on, for callers that pass the buffer itself on instead of copying it.
    /// Once false, always false.
    package mutating func accept(_ bytes: ByteBuffer) -> Bool {
        validator.consume(bytes.readableBytesUInt8Span)
    }

    /// Copies the next bytes of the body, all or (false) none of them.
    package mutating func consume(_ bytes: ByteBuffer, into output: inout ByteBuffer) -> Bool {
        guard accept(bytes) else { return false }
        output.writeImmutableBuffer(bytes)
        return true
    }

    /// Closes the envelope; false, and nothing written, where the body was not exactly one value.
    package mutating func finish(newToken: NewToken? = nil, into output: inout ByteBuffer) -> Bool {
        guard validator.finish() else { return false }
        if let newToken { output.writeBytes(newToken.member) }
        output.writeStaticString(Self.suffix)
        return true
    }

    /// The whole envelope for a 204, which goes out as 200.
    package static func nullBody(newToken: NewToken? = nil, into output: inout ByteBuffer) {
        output.writeStaticString(prefix)
        output.writeStaticString("null")
        if let newToken { output.writeBytes(newToken.member) }
        output.writeStaticString(suffix)
    }
}
