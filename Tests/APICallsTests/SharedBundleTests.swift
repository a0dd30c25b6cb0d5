import APICalls
import Cryptography
import Glibc
import ScriptedServer
import TestCertificates
import Testing

/// libcurl 7.88 parses the machine's bundle for each connection: 20 ms and 0.8 MiB, on the thread that all logins share.
@Suite("The bundle of authorities is read once", .timeLimit(.minutes(5)))
struct SharedBundleTests {
    private static let bundle = "/etc/ssl/certs/ca-certificates.crt"
    private static let connections = 50

    @Test("not for each connection", .enabled(if: access(bundle, R_OK) == 0))
    func reads() async throws {
        try #require(AuthorityStore.system != nil)
        let watch = try FileWatch(Self.bundle)
        let server = try ScriptedServer { _ in .answer(http("")) }
        let identity = try TestAuthority().issue(.init(names: "IP:127.0.0.1")).certified()
        let front = try await TLSFront.start(identity, to: Int(server.port))
        let client = try APIClient(authorities: .system)
        // Nobody vouches for that server, so each call is a handshake of its own, to the point of verification.
        for _ in 0..<Self.connections { #expect(await client.get(front.baseURL).error == .tls) }
        #expect(front.connections == Self.connections)
        // Other processes may read the file meanwhile.
        let opens = watch.opens()
        #expect(opens < Self.connections, "opened \(opens) times")
    }

    @Test("connections are kept and used again, one call at a time")
    func reuse() async throws {
        let root = try TestAuthority()
        let server = try ScriptedServer { .answer(http("\($0.number)")) }
        let identity = try root.issue(.init(names: "IP:127.0.0.1")).certified()
        let front = try await TLSFront.start(identity, to: Int(server.port))
        let client = try APIClient(authorities: AuthorityStore(root.certificate.list))
        for number in 1...20 { #expect(await client.get(front.baseURL).text == "\(number)") }
        #expect(front.connections == 1 && front.handshakes == 1)
    }

    @Test("there are never more connections than calls that may run at once")
    func bound() async throws {
        let root = try TestAuthority()
        let server = try ScriptedServer { .answer(http($0.target)) }
        let identity = try root.issue(.init(names: "IP:127.0.0.1")).certified()
        let front = try await TLSFront.start(identity, to: Int(server.port))
        let client = try APIClient(
            limits: limits {
                $0.concurrentCalls = 8
                $0.waitingCalls = 200
            },
            authorities: AuthorityStore(root.certificate.list)
        )
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { #expect(await client.get("\(front.baseURL)/\(number)").text == "/\(number)") }
            }
        }
        #expect(front.connections <= 8)
    }
}

/// Counts how often a file is opened.
private final class FileWatch {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = inotify_init1(Int32(IN_NONBLOCK))
        try #require(descriptor >= 0)
        // Closing too, since the kernel folds equal events that follow each other into one.
        try #require(inotify_add_watch(descriptor, path, UInt32(IN_OPEN | IN_CLOSE_NOWRITE)) >= 0)
    }

    deinit { close(descriptor) }

    func opens() -> Int {
        var events = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &events, events.count)
        // The watch is of one file, so no event has a name behind it.
        return stride(from: 0, to: max(0, count), by: MemoryLayout<inotify_event>.size).count { start in
            let mask = events.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self) }
            return mask & UInt32(IN_OPEN) != 0
        }
    }
}
