import HTTPWire
import NIOCore

/// How the gateway names itself in `via` (RFC 9110, section 7.6.3). Each process has a name of its own, so that a request
/// that has come back is told from one that came through another gateway.
struct ViaName: Sendable {
    /// Of this process.
    static let own = ViaName(number: UInt32.random(in: .min ... .max))

    /// `menshen-` and eight hexadecimal digits.
    let bytes: [UInt8]

    init(number: UInt32) {
        let digits = String(number, radix: 16)
        bytes =
            Array("menshen-".utf8) + Array(repeating: UInt8(ascii: "0"), count: 8 - digits.utf8.count)
            + Array(digits.utf8)
    }

    /// Whether the request has been here before. It does not matter who says so: whoever copies the name from a request
    /// to a service ends requests of their own with it.
    func isNamed(in head: borrowing RequestHead) -> Bool {
        let arena = head.arena
        for field in head.fields where field.known == .via && !field.isAlias {
            if isNamed(in: arena.readableBytesUInt8Span.extracting(field.value.range)) { return true }
        }
        return false
    }

    /// Whether a list of `1.1 name (comment)` has it as one of its names.
    func isNamed(in list: Span<UInt8>) -> Bool {
        var start = 0
        while let index = list.firstIndex(of: UInt8(ascii: "m"), from: start) {
            let end = index + bytes.count
            guard end <= list.count else { return false }
            if list.extracting(index..<end).isEqual(to: bytes.span), index == 0 || FieldList.isSpace(list[index - 1]),
                end == list.count || FieldList.isSpace(list[end]) || list[end] == UInt8(ascii: ",")
            {
                return true
            }
            start = index + 1
        }
        return false
    }
}
