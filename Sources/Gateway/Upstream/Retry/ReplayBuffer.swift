import NIOCore

/// What has gone out of a request's body, as it was framed, to be sent a second time; nothing once it is too much.
struct ReplayBuffer {
    /// Bytes held at most, framing included.
    static let limit = 64 * 1024

    /// What a new connection gets behind the head; nil where the body was larger than ``limit``.
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
