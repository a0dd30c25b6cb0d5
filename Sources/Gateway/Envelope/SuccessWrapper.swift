import JSON
package import NIOCore

/// Wraps the streamed body of a success as `{"code":10000,"msg":"Success!","data":<body>}`. No byte of the body is
/// forwarded before the validator accepted it, and the closing brace follows only exactly one value: a body cannot
/// break out of the envelope. If either check fails, the connection must be reset, so that the response does not look
/// complete.
///
/// The bytes of the body stay unchanged, so the total length is `prefixCount + length + suffixCount`.
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

    /// Writes the part before the body.
    package func start(into output: inout ByteBuffer) {
        output.writeStaticString(Self.prefix)
    }

    /// Whether the next bytes of the body may be forwarded, for callers that forward the buffer instead of copying it.
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
