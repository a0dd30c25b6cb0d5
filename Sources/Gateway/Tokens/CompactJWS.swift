/// The three parts of a token in compact serialisation (RFC 7515 section 7.1), as places in its text.
struct CompactJWS {
    let header: Range<Int>
    let payload: Range<Int>
    let signature: Range<Int>

    /// The signed part: header and payload with the dot between them.
    var signed: Range<Int> { header.lowerBound..<payload.upperBound }

    /// Splits without decoding. Exactly two dots; an empty header or signature is `malformed`, and so is `alg: none`'s
    /// usual form with it.
    init(_ token: Span<UInt8>) throws(TokenFault) {
        guard token.count <= BearerToken.largest else { throw .tooLarge }
        let dot = UInt8(ascii: ".")
        guard let first = token.firstIndex(of: dot, from: 0),
            let second = token.firstIndex(of: dot, from: first + 1),
            token.firstIndex(of: dot, from: second + 1) == nil, first > 0, second + 1 < token.count
        else { throw .malformed }
        header = 0..<first
        payload = first + 1..<second
        signature = second + 1..<token.count
    }
}
