import HTTPWire
import NIOCore

/// Phase 3: client keys.
enum ClientKeyPhase {
    /// Whether the client showed the key that the route demands.
    static func run(_ head: borrowing RequestHead, _ key: ClientKey) -> PhaseResult {
        let bytes = head.arena
        let arena = bytes.readableBytesUInt8Span
        var shown: Range<Int>?
        for field in head.fields
        where field.known == key.field && !field.isAlias
            && arena.extracting(field.name.range).isEqual(toLowercase: key.name.span)
        {
            // Two keys: whichever is looked at, the other one was meant too.
            if shown != nil {
                shown = nil
                break
            }
            shown = field.value.range
        }
        if let shown, key.matches(arena.extracting(shown)) { return .proceed }
        var reply = LocalReply(.clientKeyInvalid)
        reply.message = .bytes(key.name + Array(" is auth failed".utf8))
        return .reply(reply)
    }
}
