import Cryptography

extension ValueDecoder where Value == [UInt8] {
    /// A SHA-256 digest in hexadecimal.
    static var sha256: ValueDecoder {
        .text(
            [("pattern", .string("^[0-9A-Fa-f]{64}$"))],
            expected: "a string of 64 hexadecimal digits",
            parse: { text throws(TextFault) in
                let digits = Array(text.utf8)
                guard let bytes = Hex.decode(digits.span), bytes.count == 32 else {
                    // Not quoted: it could be the key itself.
                    throw TextFault(
                        message: "not 64 hexadecimal digits",
                        hint: "compute them with: printf %s KEY | sha256sum"
                    )
                }
                return bytes
            },
            render: { .string(Hex.encode($0.span)) }
        )
    }
}
