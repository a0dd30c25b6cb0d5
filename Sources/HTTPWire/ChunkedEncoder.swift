package import NIOCore

/// Writes the chunked transfer coding (RFC 9112 section 7.1). The data goes between head and end, from its own buffer.
package enum ChunkedEncoder {
    /// The size line of a chunk. `count` must not be zero, which would end the body.
    package static func writeChunkHead(count: Int, into buffer: inout ByteBuffer) {
        precondition(count > 0, "a chunk of no bytes ends the body")
        let digits = (Int.bitWidth - count.leadingZeroBitCount + 3) / 4
        buffer.writeWithOutputRawSpan(minimumWritableBytes: digits + 2) { span in
            for place in stride(from: digits - 1, through: 0, by: -1) {
                let digit = UInt8(truncatingIfNeeded: count >> (place * 4)) & 0xF
                span.append(digit < 10 ? Byte.zero + digit : 0x57 + digit)
            }
            span.append(Byte.carriageReturn)
            span.append(Byte.lineFeed)
        }
    }

    /// What follows the data of a chunk.
    package static func writeChunkEnd(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("\r\n")
    }

    /// The chunk that ends the body, without trailers.
    package static func writeLastChunk(into buffer: inout ByteBuffer) {
        buffer.writeStaticString("0\r\n\r\n")
    }
}
