import NIOCore

/// A Close frame of the gateway's own (RFC 6455, section 5.5.1).
enum WebSocketCloseFrame {
    /// - Parameters:
    ///   - code: RFC 6455, section 7.4.1.
    ///   - reason: for people; under 123 bytes, and nothing that anybody may not know.
    ///   - mask: frames to a service have one (section 5.3), frames to a client none.
    static func make(code: UInt16, reason: StaticString, mask: UInt32? = nil) -> ByteBuffer {
        var payload: [UInt8] = [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)]
        payload += reason.withUTF8Buffer { Array($0.prefix(123)) }
        var frame = ByteBuffer()
        frame.reserveCapacity(payload.count + 6)
        frame.writeInteger(0x88 as UInt8)
        frame.writeInteger(UInt8(payload.count) | (mask == nil ? 0 : 0x80))
        if let mask {
            frame.writeInteger(mask)
            for index in payload.indices {
                payload[index] ^= UInt8(truncatingIfNeeded: mask >> UInt32(24 - 8 * (index % 4)))
            }
        }
        frame.writeBytes(payload)
        return frame
    }
}
