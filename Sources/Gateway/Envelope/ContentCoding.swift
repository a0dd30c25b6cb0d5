import CZlib

/// The codings of a failure body that the gateway undoes to embed it (RFC 9110, section 8.4.1).
enum ContentCoding: Sendable {
    case identity, gzip, deflate
    /// One that is not undone, or several.
    case other

    /// From the value of `content-encoding`.
    init(_ field: Span<UInt8>) {
        var start = 0
        var end = field.count
        while start < end, field[start].isFieldWhiteSpace { start += 1 }
        while end > start, field[end - 1].isFieldWhiteSpace { end -= 1 }
        let name = field.extracting(start..<end)
        self =
            if name.isEmpty || name.equalsIgnoringCase("identity") {
                .identity
            } else if name.equalsIgnoringCase("gzip") || name.equalsIgnoringCase("x-gzip") {
                .gzip
            } else if name.equalsIgnoringCase("deflate") {
                .deflate
            } else {
                .other
            }
    }
}

/// A body with its coding undone, as far as it goes.
struct DecodedBody {
    var bytes: [UInt8]
    /// Whether the body is complete: the coded stream was valid, ended, and fits the limit.
    var isWhole: Bool

    /// Inflates `coded`. Output and time are bounded by `limit` bytes of output, whatever the input claims.
    static func inflating(_ coded: [UInt8], _ coding: ContentCoding, limit: Int) -> DecodedBody {
        var isWhole = false
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { output, count in
            (count, isWhole) = coded.withUnsafeBufferPointer {
                inflate($0, windowBits(of: coded, coding), into: output)
            }
        }
        return DecodedBody(bytes: bytes, isWhole: isWhole)
    }

    /// `deflate` means the zlib format (RFC 9110, section 8.4.1.2), but many servers send raw deflate; the two bytes of
    /// a zlib header distinguish them (RFC 1950, section 2.2).
    private static func windowBits(of coded: [UInt8], _ coding: ContentCoding) -> Int32 {
        if coding == .gzip { return 15 + 16 }
        guard coded.count >= 2 else { return 15 }
        let isZlib = coded[0] & 0x0F == 8 && (Int(coded[0]) << 8 | Int(coded[1])) % 31 == 0
        return isZlib ? 15 : -15
    }

    /// zlib keeps a pointer to the stream in its state, so the stream stays at one address throughout.
    private static func inflate(
        _ input: UnsafeBufferPointer<UInt8>,
        _ windowBits: Int32,
        into output: UnsafeMutableBufferPointer<UInt8>
    ) -> (count: Int, isWhole: Bool) {
        guard let start = input.baseAddress, let target = output.baseAddress else { return (0, false) }
        var stream = z_stream()
        return withUnsafeMutablePointer(to: &stream) { stream in
            // zlib reads through `next_in` only; its type is not const for historical reasons.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: start)
            stream.pointee.avail_in = UInt32(clamping: input.count)
            stream.pointee.next_out = target
            stream.pointee.avail_out = UInt32(clamping: output.count)
            guard czlib_inflate_init(stream, windowBits) == Z_OK else { return (0, false) }
            defer { inflateEnd(stream) }
            var result = CZlib.inflate(stream, Z_NO_FLUSH)
            // RFC 1952, section 2.2: a gzip file is a series of members.
            while result == Z_STREAM_END, windowBits > 15, stream.pointee.avail_in > 0,
                stream.pointee.next_in.pointee == 0x1F
            {
                guard inflateReset(stream) == Z_OK else { break }
                result = CZlib.inflate(stream, Z_NO_FLUSH)
            }
            return (output.count - Int(stream.pointee.avail_out), result == Z_STREAM_END)
        }
    }
}
