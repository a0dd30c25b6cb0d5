/// How far a tunnel has got: event in, action out. Bytes are looked at and stay where they are.
///
/// Each of its two ways carries bytes from one side to the other until that side sends no more. Where the gateway ends a
/// WebSocket, it says Close to both sides, each at the next border between frames on the way to it, and nothing goes on
/// behind. What a side still sends is looked at for its own Close alone.
struct TunnelMachine: Equatable, Sendable {
    /// Where bytes come from.
    enum Side: Sendable { case client, service }

    /// What becomes of bytes that came.
    struct RelayedBytes: Equatable, Sendable {
        /// So many of them go on, from the first.
        var count: Int
        /// The gateway's own Close follows them.
        var closes = false
    }

    /// To whom the gateway says Close at once.
    struct Closing: Equatable, Sendable {
        var toClient = false
        var toService = false
    }

    fileprivate struct Direction: Equatable {
        /// Nil where the bytes are no frames.
        var frames: WebSocketFrameScanner?
        /// Its side sends no more.
        var hasEnded = false
        /// Nothing more goes on: the last word was said, by the gateway or by the side itself.
        var isShut = false

        var isCloseSent: Bool { hasEnded || frames?.hasPassedClose ?? true }
    }

    private var fromClient: Direction
    private var fromService: Direction
    /// Why the gateway ends it; nil while it does not.
    private(set) var ending: TunnelEnding?
    /// The side that wanted to end it first.
    private(set) var firstToLeave: Side?

    /// - Parameter isWebSocket: the bytes are frames of RFC 6455.
    init(isWebSocket: Bool) {
        fromClient = Direction(frames: isWebSocket ? WebSocketFrameScanner() : nil)
        fromService = Direction(frames: isWebSocket ? WebSocketFrameScanner() : nil)
    }

    var isWebSocket: Bool { fromClient.frames != nil }

    /// A side sent what cannot be followed.
    var isBroken: Bool { (fromClient.frames?.isBroken ?? false) || (fromService.frames?.isBroken ?? false) }

    /// Neither side sends any more.
    var isFinished: Bool { fromClient.hasEnded && fromService.hasEnded }

    /// The gateway ends it, and has said on both ways what was to be said.
    var isClosing: Bool { ending != nil && fromClient.isShut && fromService.isShut }

    /// The gateway ends it, and both sides have said their farewell: nothing is left to wait for.
    var isSettled: Bool { isClosing && fromClient.isCloseSent && fromService.isCloseSent }

    func hasEnded(_ side: Side) -> Bool { self[side].hasEnded }

    /// Nothing that this side sends goes on any more.
    func isShut(from side: Side) -> Bool { self[side].isShut }

    private subscript(side: Side) -> Direction {
        get { side == .client ? fromClient : fromService }
        set { if side == .client { fromClient = newValue } else { fromService = newValue } }
    }

    /// Bytes came.
    mutating func take(_ bytes: Span<UInt8>, from side: Side) -> RelayedBytes {
        guard self[side].frames != nil else { return RelayedBytes(count: ending == nil ? bytes.count : 0) }
        let relayed = side == .client ? fromClient.take(bytes, ending) : fromService.take(bytes, ending)
        if firstToLeave == nil, self[side].frames?.hasPassedClose == true { firstToLeave = side }
        return relayed
    }

    /// A side sends no more.
    mutating func end(of side: Side) {
        if firstToLeave == nil { firstToLeave = side }
        self[side].hasEnded = true
        // Within a frame there is no border any more.
        if ending != nil { self[side].isShut = true }
    }

    /// The gateway ends it; the first reason stands.
    mutating func end(because ending: TunnelEnding) -> Closing {
        guard self.ending == nil else { return Closing() }
        self.ending = ending
        return Closing(toClient: fromService.close(), toService: fromClient.close())
    }
}

extension TunnelMachine.Direction {
    fileprivate mutating func take(_ bytes: Span<UInt8>, _ ending: TunnelEnding?) -> TunnelMachine.RelayedBytes {
        var frames = frames ?? WebSocketFrameScanner()
        defer { self.frames = frames }
        var relayed = TunnelMachine.RelayedBytes(count: 0)
        if ending == nil {
            frames.scan(bytes)
            relayed.count = frames.isBroken ? 0 : bytes.count
        } else if isShut {
            frames.scan(bytes)
        } else {
            let end = frames.scanToFrameBoundary(bytes, from: 0)
            relayed.count = frames.isBroken ? 0 : end
            isShut = frames.isAtFrameBoundary || frames.isBroken
            relayed.closes = frames.isAtFrameBoundary && !frames.hasPassedClose
            frames.scan(bytes.extracting(end..<bytes.count))
        }
        return relayed
    }

    /// Shuts it where that can be done now. True where a Close is to be said.
    fileprivate mutating func close() -> Bool {
        guard let frames, !hasEnded, !frames.isBroken, !frames.hasPassedClose else {
            isShut = true
            return false
        }
        isShut = frames.isAtFrameBoundary
        return isShut
    }
}
