import NIOCore

/// The second line of a request's head as the gateway writes it: `host: …`.
enum HostLine {
    /// Puts another target's authority into a head that was written for one. A head that does not begin with a request
    /// line and `host` stays as it is.
    static func replace(in head: inout ByteBuffer, with authority: [UInt8]) {
        let source = head
        let bytes = source.readableBytesUInt8Span
        guard let lineEnd = end(of: bytes, from: 0) else { return }
        let start = lineEnd + "\r\nhost: ".utf8.count
        guard start <= bytes.count, let hostEnd = end(of: bytes, from: start) else { return }
        var changed = ByteBuffer()
        changed.reserveCapacity(bytes.count + authority.count)
        changed.writeBytes(source.readableBytesSpan.extracting(0..<start))
        changed.writeBytes(authority)
        changed.writeBytes(source.readableBytesSpan.extracting(hostEnd..<bytes.count))
        head = changed
    }

    private static func end(of bytes: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < bytes.count, bytes[index] != UInt8(ascii: "\r") { index += 1 }
        return index < bytes.count ? index : nil
    }
}
