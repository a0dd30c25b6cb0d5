/// The media type of `content-type`, as far as envelopes need it.
package enum MediaType {
    /// Whether the type is JSON: `application/json`, `text/json` or a structured suffix `+json` (RFC 6839, section
    /// 3.1), with any parameters and in any case.
    package static func isJSON(_ contentType: Span<UInt8>) -> Bool {
        var start = 0
        var end = 0
        while end < contentType.count, contentType[end] != UInt8(ascii: ";"), contentType[end] != UInt8(ascii: ",") {
            end += 1
        }
        while start < end, contentType[start].isFieldWhiteSpace { start += 1 }
        while end > start, contentType[end - 1].isFieldWhiteSpace { end -= 1 }
        let essence = contentType.extracting(start..<end)
        return essence.equalsIgnoringCase("application/json") || essence.equalsIgnoringCase("text/json")
            || essence.count > 5
                && essence.extracting(essence.count - 5..<essence.count).equalsIgnoringCase("+json")
    }
}

extension UInt8 {
    /// OWS (RFC 9110, section 5.6.3).
    var isFieldWhiteSpace: Bool { self == 0x20 || self == 0x09 }
}

extension Span<UInt8> {
    /// Compares with an ASCII text given in lower case.
    func equalsIgnoringCase(_ lowercase: StaticString) -> Bool {
        guard count == lowercase.utf8CodeUnitCount else { return false }
        return lowercase.withUTF8Buffer { text in
            for index in indices {
                let byte = self[index]
                let folded = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
                guard folded == text[index] else { return false }
            }
            return true
        }
    }
}
