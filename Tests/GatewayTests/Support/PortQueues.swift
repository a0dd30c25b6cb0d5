import Glibc

/// What the kernel holds of the connections to a port of 127.0.0.1: its own word of it, proc_pid_net(5), "tcp".
///
/// While bytes move, those that were received and not yet acknowledged count on both sides.
struct PortQueues: Equatable {
    struct Side: Equatable {
        /// Bytes that the other side has not acknowledged.
        var unsent = 0
        /// Bytes that were not read; one more for an end that was not.
        var unread = 0
        /// Connections whose other side said that it sends no more.
        var halfClosed = 0
    }

    /// Those who connected.
    var connecting = Side()
    /// Those who were accepted.
    var accepted = Side()

    /// Bytes on their way to the one who listens.
    var inward: Int { connecting.unsent + accepted.unread }
    /// Bytes on their way to those who connected.
    var outward: Int { accepted.unsent + connecting.unread }

    static func of(port: Int) throws -> PortQueues {
        guard let file = fopen("/proc/self/net/tcp", "r") else { throw SocketFault(call: "fopen") }
        defer { fclose(file) }
        let digits = String(port, radix: 16, uppercase: true)
        let name = "0100007F:" + String(repeating: "0", count: 4 - digits.count) + digits
        var queues = PortQueues()
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            // Most lines are of others.
            guard strstr(line, name) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            let sizes = fields.count > 4 ? fields[4].split(separator: ":").compactMap { Int($0, radix: 16) } : []
            // A listener's are no bytes.
            guard sizes.count == 2, fields[3] != "0A" else { continue }
            let isAccepted = fields[1] == name
            var side = isAccepted ? queues.accepted : queues.connecting
            side.unsent += sizes[0]
            side.unread += sizes[1]
            if fields[3] == "08" { side.halfClosed += 1 }
            if isAccepted { queues.accepted = side } else { queues.connecting = side }
        }
        return queues
    }

    /// Looks again and again until the condition holds; false where it does not in time.
    static func wait(
        port: Int,
        within milliseconds: Int64 = longestWait,
        until holds: (PortQueues) -> Bool
    ) throws -> Bool {
        let end = TestClock.milliseconds() + milliseconds
        while !holds(try of(port: port)) {
            guard TestClock.milliseconds() < end else { return false }
            poll(nil, 0, 1)
        }
        return true
    }
}
