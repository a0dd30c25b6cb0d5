import NIOCore

/// Tracks the framing of records (RFC 8446, section 5.1), to know whether a record is incomplete.
///
/// `SSL_has_pending` does not tell: it is false when the head of a record was read but nothing of its body.
struct RecordBoundary {
    private static let headCount = 5

    /// Bytes of a head that is not whole.
    private var head = 0
    private var length = 0
    /// Bytes of the body still to come.
    private var missing = 0

    /// True where the next byte begins a record.
    var isReached: Bool { head == 0 && missing == 0 }

    /// Bytes came.
    mutating func pass(_ bytes: ByteBuffer) {
        bytes.withUnsafeReadableBytes { bytes in
            var index = 0
            while index < bytes.count {
                if missing > 0 {
                    let count = min(missing, bytes.count - index)
                    missing -= count
                    index += count
                    continue
                }
                // Type, two bytes of version, two of the length.
                length = (length << 8 | Int(bytes[index])) & 0xFFFF
                index += 1
                head += 1
                if head == RecordBoundary.headCount {
                    head = 0
                    missing = length
                }
            }
        }
    }
}
