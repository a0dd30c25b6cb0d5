import NIOCore

/// The part of a request body that was sent, with its framing, for a retry (decided by ``UpstreamRequestMachine``).
/// Dropped when it gets too large.
struct ReplayBuffer {
    /// Bytes held at most, framing included.
    static let limit = 64 * 1024

    /// The bytes that follow the head on a new connection; nil if the body exceeds ``limit``.
    private(set) var bytes: ByteBuffer? = ByteBuffer()

    init() {}

    var isWhole: Bool { bytes != nil }

    mutating func append(_ piece: ByteBuffer) {
        guard let held = bytes?.readableBytes else { return }
        guard held + piece.readableBytes <= ReplayBuffer.limit else {
            bytes = nil
            return
        }
        bytes?.writeImmutableBuffer(piece)
    }
}
