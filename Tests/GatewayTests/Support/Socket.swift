import Glibc

/// A system call that failed.
struct SocketFault: Error, CustomStringConvertible, Equatable {
    let call: String
    let number: Int32

    init(call: String, number: Int32 = errno) {
        self.call = call
        self.number = number
    }

    /// The peer reset the connection, or wrote to one that was closed.
    var isReset: Bool { number == ECONNRESET || number == EPIPE }
    var isTimeout: Bool { number == EAGAIN || number == EWOULDBLOCK }

    var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// A blocking TCP socket on 127.0.0.1 whose calls end after `longestWait`. For one thread, but for `shutDown()`.
final class Socket: Sendable {
    private let descriptor: Int32
    /// Shutting down from another thread must not meet a descriptor that was closed and given out again.
    private let isOpen = Watched(true)
    private let isListening = Watched(true)

    private init(descriptor: Int32) {
        self.descriptor = descriptor
        var wait = timeval(tv_sec: Int(longestWait / 1000), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, size)
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Who half-closes or closes in order says so: a socket that nobody holds any more is gone for its peer too.
    deinit { reset() }

    /// Connects to a port of 127.0.0.1.
    ///
    /// - Parameter receiveBuffer: SO_RCVBUF, for a client that takes little.
    static func connect(to port: Int, receiveBuffer: Int32? = nil) throws -> Socket {
        let socket = try make()
        if let receiveBuffer { socket.set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        let result = withLoopback(port) { Glibc.connect(socket.descriptor, $0, $1) }
        guard result == 0 else { throw SocketFault(call: "connect") }
        return socket
    }

    /// Listens on a port of the kernel's choice, or on one that somebody had before.
    ///
    /// - Parameters:
    ///   - segment: TCP_MAXSEG, for a service for whom the kernel keeps little: how much goes by the segments.
    ///   - receiveBuffer: SO_RCVBUF, for a service that takes little.
    static func listen(
        port: Int = 0,
        backlog: Int32 = 128,
        segment: Int32? = nil,
        receiveBuffer: Int32? = nil
    ) throws -> (socket: Socket, port: Int) {
        let socket = try make()
        if let segment { socket.set(Int32(IPPROTO_TCP), TCP_MAXSEG, segment) }
        if let receiveBuffer { socket.set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        // Needed of both who had the port and who takes it.
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        guard withLoopback(port, { Glibc.bind(socket.descriptor, $0, $1) }) == 0 else {
            throw SocketFault(call: "bind")
        }
        guard Glibc.listen(socket.descriptor, backlog) == 0 else { throw SocketFault(call: "listen") }
        return (socket, try socket.localPort())
    }

    /// Listens on a path of the file system.
    static func listen(path: String) throws -> Socket {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFault(call: "socket") }
        let listener = Socket(descriptor: descriptor)
        let family = withUnsafeBytes(of: sa_family_t(AF_UNIX)) { Array($0) }
        let address = family + Array(path.utf8) + [0]
        let result = address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.bind(descriptor, $0.baseAddress, socklen_t(address.count))
            }
        }
        guard result == 0 else { throw SocketFault(call: "bind") }
        guard Glibc.listen(descriptor, 128) == 0 else { throw SocketFault(call: "listen") }
        return listener
    }

    /// Takes a port of the kernel's choice without listening, so that whoever connects to it is refused.
    static func refusing() throws -> (socket: Socket, port: Int) {
        let socket = try make()
        guard withLoopback(0, { Glibc.bind(socket.descriptor, $0, $1) }) == 0 else { throw SocketFault(call: "bind") }
        return (socket, try socket.localPort())
    }

    /// The next connection; nil once the listener was shut down. Waits as long as it takes.
    func accept() throws -> Socket? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            poll(&wait, 1, -1)
            guard isListening.withLock({ $0 }) else { return nil }
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 { return Socket(descriptor: accepted) }
            switch errno {
            case EINTR, ECONNABORTED, EAGAIN: continue
            case EINVAL: return nil
            default: throw SocketFault(call: "accept")
            }
        }
    }

    /// Sends all of it.
    func send(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { room in
                let rest = UnsafeRawBufferPointer(rebasing: room[sent...])
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                sent += count
            } else if errno != EINTR {
                throw SocketFault(call: "send")
            }
        }
    }

    /// What has come, or what comes next; empty at the end.
    func receive(upTo limit: Int = 65536) throws -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { room, filled in
                count = recv(descriptor, room.baseAddress, limit, 0)
                filled = max(count, 0)
            }
            if count >= 0 { return bytes }
            if errno != EINTR { throw SocketFault(call: "recv") }
        }
    }

    /// Whether something, or the end, comes to be read in that time.
    func isReadable(within milliseconds: Int32) -> Bool {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wait, 1, milliseconds) > 0
    }

    /// No more will be sent.
    func closeOutput() { Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends every call that blocks on this socket; from any thread.
    func shutDown() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Ends `accept()`; from any thread.
    func stopListening() {
        isListening.withLock { $0 = false }
        shutDown()
    }

    func close() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            Glibc.close(descriptor)
        }
    }

    /// Closes with a reset: what was sent and not yet read is lost to the peer.
    func reset() {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            var lingering = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
            Glibc.close(descriptor)
        }
    }

    private static func make() throws -> Socket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SocketFault(call: "socket") }
        return Socket(descriptor: descriptor)
    }

    private func set(_ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private func localPort() throws -> Int {
        var address = Self.loopback(0)
        var size = socklen_t(address.count)
        let result = address.withUnsafeMutableBytes { room in
            room.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress, &size) }
        }
        guard result == 0 else { throw SocketFault(call: "getsockname") }
        return Int(address[2]) << 8 | Int(address[3])
    }

    private static func withLoopback(
        _ port: Int,
        _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Int32
    ) -> Int32 {
        let address = loopback(port)
        return address.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { body($0.baseAddress, socklen_t(address.count)) }
        }
    }

    /// 127.0.0.1 as a `sockaddr_in`, byte by byte: of two modules that declare that type, which one a file gets depends
    /// on the files it is compiled with.
    private static func loopback(_ port: Int) -> [UInt8] {
        let family = withUnsafeBytes(of: sa_family_t(AF_INET)) { Array($0) }
        let number = UInt16(port)
        let ending = [UInt8](repeating: 0, count: 8)
        return family + [UInt8(number >> 8), UInt8(truncatingIfNeeded: number), 127, 0, 0, 1] + ending
    }
}

/// Takes a socket's name out of the file system.
func removeSocket(_ path: String) { unlink(path) }
