/// The hosts that routes name, each with the root of its routes.
struct HostTable: Sendable {
    private struct Entry: Sendable {
        /// -1: an empty slot.
        var root: Int32 = -1
        var start = 0
        var end = 0
    }

    /// Linear probing; at most half full; a power of two. Empty where no route names a host.
    private let entries: [Entry]
    private let text: [UInt8]

    /// - Parameter roots: hosts in lower case, without a port or a final dot, each once.
    init(_ roots: [(host: [UInt8], root: Int32)]) {
        guard !roots.isEmpty else {
            entries = []
            text = []
            return
        }
        var size = 2
        while size < 2 * roots.count { size *= 2 }
        var entries = [Entry](repeating: Entry(), count: size)
        var text: [UInt8] = []
        for (host, root) in roots {
            var hash = SegmentHash(parent: 0)
            for byte in host { hash.add(byte) }
            var slot = hash.slot(of: size)
            while entries[slot].root >= 0 { slot = (slot + 1) & (size - 1) }
            let start = text.count
            text += host
            entries[slot] = Entry(root: root, start: start, end: text.count)
        }
        self.entries = entries
        self.text = text
    }

    /// The root for an authority: its host in any case, without port and final dot.
    func root(of authority: Span<UInt8>) -> Int32? {
        guard !entries.isEmpty else { return nil }
        let host = authority.extracting(..<HostTable.hostLength(of: authority))
        var hash = SegmentHash(parent: 0)
        for index in host.indices { hash.add(HostTable.lowered(host[index])) }
        var slot = hash.slot(of: entries.count)
        while entries[slot].root >= 0 {
            if equals(entries[slot], host) { return entries[slot].root }
            slot = (slot + 1) & (entries.count - 1)
        }
        return nil
    }

    private static func hostLength(of authority: Span<UInt8>) -> Int {
        var end = authority.count
        var index = end
        while index > 0 {
            index -= 1
            let byte = authority[index]
            if byte == UInt8(ascii: ":") {
                end = index
                break
            }
            // An IPv6 address ends in a bracket, so the part after its last colon is not taken for a port.
            guard (0x30...0x39).contains(byte) else { break }
        }
        if end > 0, authority[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return end
    }

    private func equals(_ entry: Entry, _ host: Span<UInt8>) -> Bool {
        guard entry.end - entry.start == host.count else { return false }
        for index in host.indices where text[entry.start + index] != HostTable.lowered(host[index]) {
            return false
        }
        return true
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
