/// A client that sends exactly the bytes it is told to and takes answers strictly. For one thread.
final class RawClient {
    let socket: Socket
    let reader: MessageReader
    /// What its requests state as their host.
    let host: String

    /// - Parameters:
    ///   - host: nil: the address that it connects to, as the operators' port and the stand-in want it.
    ///   - receiveBuffer: SO_RCVBUF, for a client that takes little.
    init(port: Int, host: String? = "gateway.test", receiveBuffer: Int32? = nil) throws {
        self.host = host ?? "127.0.0.1:\(port)"
        socket = try Socket.connect(to: port, receiveBuffer: receiveBuffer)
        reader = MessageReader(socket)
    }

    func send(_ text: String) throws { try socket.send(text.utf8) }

    func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// The next response, an informational one too. The connection's end is an error.
    func readOne(toHead: Bool = false) throws -> RawResponse {
        guard let response = try reader.readResponse(toHead: toHead) else { throw MessageFault.cut(body: []) }
        return response
    }

    /// The next final response, with the informational ones before it inside.
    func read(toHead: Bool = false) throws -> RawResponse {
        var informational: [RawResponse] = []
        while true {
            var response = try readOne(toHead: toHead)
            if response.status < 200 {
                informational.append(response)
            } else {
                response.informational = informational
                return response
            }
        }
    }

    /// Sends a request and reads its answer.
    ///
    /// - Parameter fields: lines without their CRLF, beside `host`; the body's length is added.
    func request(
        _ method: String,
        _ target: String,
        token: String? = nil,
        fields: [String] = [],
        body: String? = nil,
        version: String = "HTTP/1.1"
    ) throws -> RawResponse {
        try sendRequest(method, target, token: token, fields: fields, body: body, version: version)
        return try read(toHead: method == "HEAD")
    }

    func get(_ target: String, token: String? = nil, fields: [String] = []) throws -> RawResponse {
        try request("GET", target, token: token, fields: fields)
    }

    /// Sends a request only.
    func sendRequest(
        _ method: String,
        _ target: String,
        token: String? = nil,
        fields: [String] = [],
        body: String? = nil,
        version: String = "HTTP/1.1"
    ) throws {
        var text = "\(method) \(target) \(version)\r\nhost: \(host)\r\n"
        if let token { text += "authorization: Bearer \(token)\r\n" }
        for field in fields { text += field + "\r\n" }
        if let body { text += "content-length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + (body ?? ""))
    }

    /// Whether the connection serves another request: `/livez` is asked for over it.
    func livesOn() throws -> Bool {
        do {
            return try get("/livez").status == 200
        } catch let fault as SocketFault where fault.isReset {
            return false
        } catch MessageFault.cut(body: []) {
            return false
        }
    }

    /// Whether nothing but the end of the connection, orderly or by a reset, is left to read.
    func isClosed() throws -> Bool {
        do {
            return try reader.readToEnd().isEmpty
        } catch let fault as SocketFault where fault.isReset {
            return true
        }
    }

    /// Reads a response that must break off: what came of its body. A reset counts as a cut.
    func readCut() throws -> [UInt8]? {
        do {
            _ = try read()
            return nil
        } catch MessageFault.cut(let body) {
            return body
        } catch let fault as SocketFault where fault.isReset {
            return Array(reader.unread)
        }
    }

    func closeOutput() { socket.closeOutput() }

    func close() { socket.close() }
}
