import HTTPWire
import NIOCore

/// The body of a call of the gateway's own endpoints or the operators' port, collected as it comes.
struct CallBody {
    /// Contract, section 4: more than any call needs. In bytes.
    static let limit = 64 * 1024

    enum Start {
        /// There is none.
        case none
        /// Its declared length is over the limit.
        case tooLarge
        case follows
    }

    private var bytes: [UInt8] = []
    /// All that came, also what was over the limit.
    private(set) var received: UInt64 = 0

    static func start(of framing: BodyFraming) -> Start {
        switch framing {
        case .none: .none
        case .length(let count) where count > UInt64(limit): .tooLarge
        case .length, .chunked, .untilClose: .follows
        }
    }

    /// Takes a piece; false where it is too much, and nothing of it is kept.
    mutating func append(_ piece: ByteBuffer) -> Bool {
        received += UInt64(piece.readableBytes)
        guard received <= UInt64(Self.limit) else { return false }
        bytes.append(contentsOf: piece.readableBytesView)
        return true
    }

    /// Gives the whole body away.
    mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}
