/// Follows the frames of one direction of a WebSocket (RFC 6455, section 5.2) to know where one ends and the next begins.
///
/// Only headers are looked at, one byte after the other, so any split will do; payload is counted and skipped. What a
/// frame means is for the two ends to judge: opcodes, reserved bits, masks and fragments pass as they are.
struct WebSocketFrameScanner: Equatable, Sendable {
    private enum Position: Equatable {
        /// Before a frame's first byte.
        case boundary
        /// Before its second one.
        case length
        /// Within the bytes of a longer length; so many are to come.
        case extendedLength(left: UInt8, value: UInt64)
        /// Within mask and payload; so many bytes are to come.
        case rest(UInt64)
        case broken
    }

    private static let close: UInt8 = 0x8

    private var position = Position.boundary
    private var opcode: UInt8 = 0
    private var isMasked = false
    /// A whole Close frame has gone by.
    private(set) var hasPassedClose = false

    init() {}

    /// Nothing of a frame is outstanding: a frame may be put in here.
    var isAtFrameBoundary: Bool { position == .boundary }
    /// A length that no frame can have; what follows cannot be told apart any more. Terminal.
    var isBroken: Bool { position == .broken }

    /// Follows all bytes.
    mutating func scan(_ bytes: Span<UInt8>) {
        var offset = 0
        while offset < bytes.count, !isBroken { offset = scanToFrameBoundary(bytes, from: offset) }
    }

    /// Follows bytes up to the end of the frame in hand; a frame begins where none was in hand.
    ///
    /// - Returns: the offset of the first byte that was not followed.
    mutating func scanToFrameBoundary(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var offset = start
        while offset < bytes.count {
            switch position {
            case .boundary:
                opcode = bytes[offset] & 0x0F
                position = .length
                offset += 1
            case .length:
                let byte = bytes[offset]
                isMasked = byte & 0x80 != 0
                offset += 1
                switch byte & 0x7F {
                case 126: position = .extendedLength(left: 2, value: 0)
                case 127: position = .extendedLength(left: 8, value: 0)
                case let count: begin(payload: UInt64(count))
                }
            case .extendedLength(let left, let value):
                let value = value << 8 | UInt64(bytes[offset])
                offset += 1
                if left > 1 {
                    position = .extendedLength(left: left - 1, value: value)
                } else {
                    begin(payload: value)
                }
            case .rest(let left):
                let count = min(left, UInt64(bytes.count - offset))
                offset += Int(count)
                if count == left { finish() } else { position = .rest(left - count) }
            case .broken:
                return offset
            }
            if position == .boundary { return offset }
        }
        return offset
    }

    private mutating func begin(payload count: UInt64) {
        // "The most significant bit MUST be 0".
        guard count >> 63 == 0 else {
            position = .broken
            return
        }
        let rest = count + (isMasked ? 4 : 0)
        if rest == 0 { finish() } else { position = .rest(rest) }
    }

    private mutating func finish() {
        position = .boundary
        if opcode == WebSocketFrameScanner.close { hasPassedClose = true }
    }
}
