/// The three parts of a token in compact serialisation (RFC 7515 section 7.1), as places in its text.
struct CompactJWS {
    let header: Range<Int>
    let payload: Range<Int>
    let signature: Range<Int>

    /// What the signature is over: header and payload with the dot between them.
    var signed: Range<Int> { header.lowerBound..<payload.upperBound }

    /// Splits without decoding. Exactly two dots; an empty header or signature is `malformed`, and so is `alg: none`'s
    /// usual form with it.
    init(_ token: Span<UInt8>) throws(TokenFault) {
        guard token.count <= BearerToken.maximumCount else { throw .tooLarge }
        var first: Int?
        var second: Int?
        for index in token.indices where token[index] == UInt8(ascii: ".") {
            if first == nil {
                first = index
            } else if second == nil {
                second = index
            } else {
                throw .malformed
            }
        }
        guard let first, let second, first > 0, second + 1 < token.count else { throw .malformed }
        header = 0..<first
        payload = first + 1..<second
        signature = second + 1..<token.count
    }
}
