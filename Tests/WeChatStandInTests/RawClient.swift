import Glibc
import Testing

/// A client with a bare socket, which sees what a library would hide: resets, cut bodies, closes.
final class RawClient {
    /// How a connection came to its end.
    enum End: Equatable { case closed, reset, timeout }

    struct Response {
        var status = 0
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        var text: String { String(decoding: body, as: UTF8.self) }
        /// Set where the connection ended before the body was whole.
        var end: End?
    }

    private let descriptor: Int32
    /// What its requests state as their host: the address that it connects to.
    let host: String
    private var unread: [UInt8] = []

    /// - Parameter timeout: of one read, in seconds.
    init(port: Int, timeout: Int = 20) throws {
        host = "127.0.0.1:\(port)"
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var time = timeval(tv_sec: timeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(result == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// - Parameter host: in place of the address that it connects to.
    func request(
        _ method: String,
        _ target: String,
        host: String? = nil,
        headers: String = "",
        body: String? = nil
    ) -> Response {
        let length = body.map { "content-length: \($0.utf8.count)\r\n" } ?? ""
        send("\(method) \(target) HTTP/1.1\r\nhost: \(host ?? self.host)\r\n\(headers)\(length)\r\n\(body ?? "")")
        return readResponse(hasBody: method != "HEAD")
    }

    func readResponse(hasBody: Bool = true) -> Response {
        var response = Response()
        let blank = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = unread.indices.first { unread[$0...].starts(with: blank) }
            if headEnd == nil, let end = more() {
                response.end = end
                return response
            }
        }
        let end = headEnd ?? 0
        let lines = String(decoding: unread[..<end], as: UTF8.self).split(separator: "\r\n")
        unread.removeFirst(end + 4)
        response.status = Int(lines.first?.split(separator: " ").dropFirst().first ?? "") ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count == 2 ? parts[1].drop { $0 == " " } : ""
            response.headers[parts.first?.lowercased() ?? ""] = String(value)
        }
        let length = hasBody ? Int(response.headers["content-length"] ?? "") ?? 0 : 0
        while unread.count < length, response.end == nil { response.end = more() }
        response.body = Array(unread.prefix(length))
        unread.removeFirst(response.body.count)
        return response
    }

    /// Waits for the end of a connection on which nothing more is to come.
    func readEnd() -> End? { more() }

    /// Reads and throws away; gives the number of bytes.
    func skip(_ count: Int) -> Int {
        var skipped = unread.count
        unread = []
        var room = [UInt8](repeating: 0, count: 65536)
        while skipped < count {
            let size = recv(descriptor, &room, min(room.count, count - skipped), 0)
            guard size > 0 else { break }
            skipped += size
        }
        return skipped
    }

    private func more() -> End? {
        var room = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &room, room.count, 0)
        if count > 0 {
            unread.append(contentsOf: room[..<count])
            return nil
        }
        if count == 0 { return .closed }
        return errno == EAGAIN ? .timeout : .reset
    }
}
