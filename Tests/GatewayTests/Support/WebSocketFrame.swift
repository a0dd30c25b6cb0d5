/// A frame of RFC 6455 as the two ends of these tests write and read it.
struct WebSocketFrame: Equatable, Sendable {
    static let text: UInt8 = 1
    static let close: UInt8 = 8
    static let ping: UInt8 = 9

    /// FIN, reserved bits and opcode.
    var first: UInt8
    var mask: [UInt8]?
    /// Without its mask.
    var payload: [UInt8]

    init(_ opcode: UInt8, _ payload: [UInt8], final: Bool = true, mask: [UInt8]? = nil) {
        first = opcode | (final ? 0x80 : 0)
        self.mask = mask
        self.payload = payload
    }

    static func text(_ text: String, mask: [UInt8]? = nil) -> WebSocketFrame {
        WebSocketFrame(Self.text, Array(text.utf8), mask: mask)
    }

    var opcode: UInt8 { first & 0x0F }
    var string: String { String(decoding: payload, as: UTF8.self) }
    /// What a Close says.
    var closing: String? {
        guard opcode == Self.close, payload.count >= 2 else { return nil }
        return "\(Int(payload[0]) << 8 | Int(payload[1])) " + String(decoding: payload.dropFirst(2), as: UTF8.self)
    }

    var bytes: [UInt8] {
        var bytes = [first]
        let bit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.count {
        case ..<126: bytes.append(bit | UInt8(payload.count))
        case ..<65536: bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        if let mask {
            bytes += mask
            bytes += Self.masking(payload, mask)
        } else {
            bytes += payload
        }
        return bytes
    }

    /// Large payloads have the mask of zeros, since a test's build takes seconds for any other.
    static let noMask: [UInt8] = [0, 0, 0, 0]

    static func masking(_ payload: [UInt8], _ mask: [UInt8]) -> [UInt8] {
        mask == noMask ? payload : payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }
}

extension MessageReader {
    /// The next frame; the connection's end within one is an error, as it is before one.
    func readFrame() throws -> WebSocketFrame {
        let head = try readExactly(2)
        var count = Int(head[1] & 0x7F)
        if count > 125 {
            count = try readExactly(count == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
        }
        let mask = head[1] & 0x80 == 0 ? nil : try readExactly(4)
        var payload = try readExactly(count)
        if let mask { payload = WebSocketFrame.masking(payload, mask) }
        var frame = WebSocketFrame(0, payload, mask: mask)
        frame.first = head[0]
        return frame
    }
}

extension RawClient {
    static let mask: [UInt8] = [1, 2, 3, 250]

    /// Asks for a WebSocket, and gives what is answered.
    func openWebSocket(_ target: String = "/ws", token: String? = nil, fields: [String] = []) throws -> RawResponse {
        try sendHandshake(target, token: token, fields: fields)
        return try readOne()
    }

    /// Asks for a WebSocket only.
    func sendHandshake(_ target: String = "/ws", token: String? = nil, fields: [String] = []) throws {
        let handshake = [
            "Connection: keep-alive, Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ]
        try sendRequest("GET", target, token: token, fields: handshake + fields)
    }

    func send(_ frame: WebSocketFrame) throws {
        var frame = frame
        frame.mask = Self.mask
        try send(frame.bytes)
    }

    func readFrame() throws -> WebSocketFrame { try reader.readFrame() }

    func say(_ text: String) throws { try send(.text(text)) }

    /// Says something, and gives what comes back.
    func ask(_ text: String) throws -> String {
        try say(text)
        return try readFrame().string
    }
}

extension ServicePeer {
    static let switching =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

    /// Takes a handshake, and changes the protocol; nil where the gateway closed before.
    func acceptWebSocket() throws -> ServiceRequest? {
        guard let request = try readRequest() else { return nil }
        try send(Self.switching)
        return request
    }

    func send(_ frame: WebSocketFrame) throws { try send(frame.bytes) }
}

/// A service that sends back what it is sent, frame by frame, Close too, and remembers what it was told last.
enum EchoingWebSocket {
    static func start(farewells: Watched<[WebSocketFrame]>? = nil) throws -> ScriptedService {
        try ScriptedService.start { peer in
            guard try peer.acceptWebSocket() != nil else { return }
            while true {
                var frame = try peer.readFrame()
                if frame.opcode == WebSocketFrame.close { farewells?.withLock { $0.append(frame) } }
                frame.mask = nil
                try peer.send(frame)
                if frame.opcode == WebSocketFrame.close { return }
            }
        }
    }
}

/// A service that changes the protocol once the gate is open, sends a frame with its 101, and takes its leave when told to.
enum ThinkingWebSocket {
    static func start(_ gate: Gate) throws -> ScriptedService {
        try ScriptedService.start { peer in
            guard try peer.readRequest() != nil else { return }
            try gate.wait()
            try peer.send(Array(ServicePeer.switching.utf8) + WebSocketFrame.text("hi").bytes)
            while try peer.readFrame().opcode != WebSocketFrame.close {}
            try peer.send(WebSocketFrame(WebSocketFrame.close, []))
        }
    }
}
