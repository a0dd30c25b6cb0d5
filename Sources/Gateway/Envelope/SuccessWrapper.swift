import JSON
package import NIOCore

/// Wraps the streamed body of a success as `{"code":10000,"msg":"Success!","data":<body>}`. No byte of the body is
/// forwarded before the validator accepted it, and the closing brace follows only exactly one value: a body cannot
/// break out of the envelope. If either check fails, the connection must be reset, so that the response does not look
/// complete.
///
/// The bytes of a value stay unchanged, so the total length is `prefixCount + length + suffixCount`. A body without a value,
/// empty or white space only, becomes `null`. For that the last four bytes of the white space in front of a value are
/// held back: `null` in their place keeps the length. A body of one to three bytes leaves no room for it, so its length
/// must not be announced. A body that ends with the connection does not become `null`: it may have been cut.
package struct SuccessWrapper: Sendable {
    private static let prefix: StaticString = #"{"code":10000,"msg":"Success!","data":"#
    private static let suffix: StaticString = "}"
    private static let null: StaticString = "null"
    private var validator: JSONValidator
    /// No value has begun, and the body may become `null`.
    private var isBlank: Bool
    /// White space in front of a value that was not forwarded yet.
    private var held: [UInt8] = []

    /// Bytes before and after the body.
    package static var prefixCount: Int { prefix.utf8CodeUnitCount }
    /// The number of bytes behind the body, without a new token.
    package static var suffixCount: Int { suffix.utf8CodeUnitCount }
    /// The number of bytes in place of the body where there is none. A shorter body's length must not be announced.
    package static var nullCount: Int { null.utf8CodeUnitCount }

    /// - Parameters:
    ///   - maximumDepth: arrays and objects inside each other that the body may have.
    ///   - isDelimited: false for a body that ends with the connection.
    package init(maximumDepth: Int = 128, isDelimited: Bool = true) {
        validator = JSONValidator(maximumDepth: maximumDepth)
        isBlank = isDelimited
    }

    /// Writes the part before the body.
    package func start(into output: inout ByteBuffer) {
        output.writeStaticString(Self.prefix)
    }

    /// Takes the next bytes of the body. Returns the bytes that may be forwarded, which may be none, without copying a value;
    /// nil where the body is not one JSON value. Once nil, always nil.
    package mutating func accept(_ bytes: ByteBuffer) -> ByteBuffer? {
        guard validator.consume(bytes.readableBytesUInt8Span) else { return nil }
        guard isBlank else { return bytes }
        isBlank = validator.isBlank
        guard isBlank || !held.isEmpty else { return bytes }
        held.append(contentsOf: bytes.readableBytesView)
        let count = isBlank ? max(held.count - Self.nullCount, 0) : held.count
        let forwarded = ByteBuffer(bytes: held[..<count])
        held.removeFirst(count)
        return forwarded
    }

    /// Copies the next bytes of the body, all that may be forwarded or (false) none of them.
    package mutating func consume(_ bytes: ByteBuffer, into output: inout ByteBuffer) -> Bool {
        guard let forwarded = accept(bytes) else { return false }
        output.writeImmutableBuffer(forwarded)
        return true
    }

    /// Closes the envelope; false, and nothing written, where the body was something else than one value or nothing.
    package mutating func finish(newToken: NewToken? = nil, into output: inout ByteBuffer) -> Bool {
        if isBlank { output.writeStaticString(Self.null) } else if !validator.finish() { return false }
        if let newToken { output.writeBytes(newToken.member) }
        output.writeStaticString(Self.suffix)
        return true
    }

    /// The whole envelope for a response whose head says that it has no body.
    package static func nullBody(newToken: NewToken? = nil, into output: inout ByteBuffer) {
        output.writeStaticString(prefix)
        output.writeStaticString(null)
        if let newToken { output.writeBytes(newToken.member) }
        output.writeStaticString(suffix)
    }
}
