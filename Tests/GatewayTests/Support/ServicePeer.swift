/// A request as a service got it.
struct ServiceRequest: Sendable {
    /// Which connection of the service it came over, from 0.
    var connection: Int
    var method: String
    var target: String
    var version: String
    var fields: MessageFields
    var body: [UInt8] = []
    var trailers = MessageFields()

    subscript(name: String) -> String? { fields[name] }

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// The service's end of one connection, in the hands of a script. For the script's thread.
final class ServicePeer {
    /// From 0, in the order they were accepted.
    let connection: Int
    /// For another thread that sends while this one reads.
    let socket: Socket
    private let reader: MessageReader
    private let log: Watched<ScriptedService.Log>

    init(_ socket: Socket, connection: Int, log: Watched<ScriptedService.Log>) {
        self.socket = socket
        self.connection = connection
        self.log = log
        reader = MessageReader(socket)
    }

    /// The next request's head, with an empty body; nil where the gateway closed before it.
    func readHead() throws -> ServiceRequest? {
        guard let (line, fields) = try reader.readHead() else { return nil }
        let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { throw MessageFault.malformed("a request line: \(line)") }
        let request = ServiceRequest(
            connection: connection,
            method: parts[0],
            target: parts[1],
            version: parts[2],
            fields: fields
        )
        log.withLock { $0.heads += 1 }
        return request
    }

    /// The next whole request; nil where the gateway closed before it.
    func readRequest() throws -> ServiceRequest? {
        guard var request = try readHead() else { return nil }
        let lengths = request.fields.all("content-length")
        let codings = request.fields.all("transfer-encoding")
        guard lengths.count + codings.count <= 1 else { throw MessageFault.malformed("framed twice") }
        if let length = lengths.first {
            guard let count = Int(length) else { throw MessageFault.malformed("content-length: \(length)") }
            request.body = try reader.readExactly(count)
        } else if !codings.isEmpty {
            guard codings == ["chunked"] else { throw MessageFault.malformed("transfer-encoding") }
            (request.body, request.trailers) = try reader.readChunked()
        }
        log.withLock { $0.requests.append(request) }
        return request
    }

    /// Reads that many bytes of a body that is not whole yet.
    func readBody(_ count: Int) throws -> [UInt8] { try reader.readExactly(count) }

    /// The next frame of a WebSocket.
    func readFrame() throws -> WebSocketFrame { try reader.readFrame() }

    /// Everything until the gateway closes; a reset counts as an end.
    func readToEnd() throws -> [UInt8] {
        do {
            return try reader.readToEnd()
        } catch let fault as SocketFault where fault.isReset {
            return Array(reader.unread)
        }
    }

    func send(_ text: String) throws { try socket.send(text.utf8) }

    func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

    /// Ends the connection in order, what the gateway sent read or not.
    func close() { socket.close() }

    func closeOutput() { socket.closeOutput() }

    /// Ends the connection with a reset.
    func reset() { socket.reset() }
}
