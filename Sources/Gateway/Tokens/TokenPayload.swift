import JSON

/// The claims of a token as JSON.
enum TokenPayload {
    private static let reader = JSONReader(
        duplicates: .reject,
        maximumDepth: 8,
        maximumSize: BearerToken.largest
    )

    /// The one object that a payload is, each name once.
    static func read(_ payload: [UInt8]) throws(TokenFault) -> JSONOutline {
        let outline: JSONOutline?
        do { outline = try reader.outline(payload) } catch { throw .claims }
        guard let outline else { throw .claims }
        return outline
    }
}

extension JSONOutline {
    /// Goes through the parties that an `aud` names: a string, or an array of strings (RFC 7519 section 4.1.3).
    func eachAudience(_ value: Value, _ take: (ArraySlice<UInt8>) -> Void) throws(TokenFault) {
        switch value {
        case .string(let name): take(self[name])
        case .nested(let array):
            guard let elements = self[array].elements else { throw .audience }
            for element in elements {
                guard let name = element.string else { throw .audience }
                take(Array(name.utf8)[...])
            }
        default: throw .audience
        }
    }
}

/// Lets `switch` choose a claim by the bytes of its name.
@inline(__always)
func ~= (name: StaticString, bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == name.utf8CodeUnitCount else { return false }
    return name.withUTF8Buffer { name in
        var index = bytes.startIndex
        for byte in name {
            guard bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }
}
