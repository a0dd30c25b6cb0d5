import NIOCore
import NIOHTTP1

/// A request as sample servers see it: the body is counted, and kept only if the responder needs it.
struct ServedRequest: Sendable {
    var method: HTTPMethod
    /// As it came, before the question mark.
    var path: String
    /// As it came, after the question mark; nil: no question mark.
    var query: String?
    var headers: HTTPHeaders
    /// The address of this machine that the connection came to.
    var localAddress: SocketAddress?
    /// Whether the connection is TLS.
    var isSecure: Bool
    /// The bytes of the body that were kept: at most the responder's `bodyLimit`.
    var body: [UInt8] = []
    /// The bytes of the body that came.
    var bodyBytes: Int64 = 0

    init(_ head: HTTPRequestHead, localAddress: SocketAddress? = nil, isSecure: Bool = false) {
        self.localAddress = localAddress
        self.isSecure = isSecure
        method = head.method
        headers = head.headers
        if let mark = head.uri.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(head.uri[..<mark])
            query = String(head.uri[head.uri.utf8.index(after: mark)...])
        } else {
            path = head.uri
            query = nil
        }
    }

    /// The first value of a query parameter, percent-decoded.
    func parameter(_ name: String) -> String? {
        guard let query else { return nil }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.decoded(parts[0]) == name else { continue }
            return parts.count == 2 ? Self.decoded(parts[1]) : ""
        }
        return nil
    }

    /// Form decoding: `+` is a space; a broken escape stays as it is.
    private static func decoded(_ text: Substring) -> String {
        let input = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var index = 0
        while index < input.count {
            let byte = input[index]
            if byte == UInt8(ascii: "%"), index + 2 < input.count, let high = hexDigit(input[index + 1]),
                let low = hexDigit(input[index + 2])
            {
                output.append(high << 4 | low)
                index += 3
            } else {
                output.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// The response of a sample server to one request.
struct StandInResponse: Sendable {
    enum Ending: Sendable, Equatable {
        /// The complete response.
        case complete
        /// The head and half of the body, then the connection closes.
        case cut
        /// A TCP reset, before any byte of the response.
        case reset
        /// Nothing, for as long as the client waits.
        case silence
    }

    var status = HTTPResponseStatus.ok
    var contentType: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Instead of `body`: that many bytes of filling, made as the client reads them.
    var filling: Int64?
    var ending = Ending.complete
    /// Nothing is sent before that time has passed.
    var delay = TimeAmount.zero

    static func json(_ body: [UInt8], status: HTTPResponseStatus = .ok) -> StandInResponse {
        StandInResponse(status: status, contentType: "application/json; charset=utf-8", body: body)
    }

    static func text(_ text: String, type: String, status: HTTPResponseStatus = .ok) -> StandInResponse {
        StandInResponse(status: status, contentType: type, body: Array(text.utf8))
    }

    static let reset = StandInResponse(contentType: "", ending: .reset)
    static let silence = StandInResponse(contentType: "", ending: .silence)

    /// The length of the body in the head.
    var length: Int64 { filling ?? Int64(body.count) }
}

/// Handles the requests of a sample server. Called on any loop of the group.
protocol Responder: Sendable {
    /// The maximum size of a body that is kept; the rest is only counted.
    var bodyLimit: Int { get }
    /// A connection without a request in work is closed after that time.
    var idleTimeout: TimeAmount { get }
    func respond(to request: ServedRequest) -> StandInResponse
}
