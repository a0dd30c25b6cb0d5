import APICalls
import Foundation
import Testing

@Suite("A server's certificate", .timeLimit(.minutes(5)))
struct CertificateTests {
    static let openSSL = "/usr/bin/openssl"

    @Test("one that nobody vouches for is not trusted", .enabled(if: access(openSSL, X_OK) == 0))
    func selfSigned() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (key, certificate) = (folder.appending(path: "key").path, folder.appending(path: "cert").path)
        try await finish([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2", "-keyout", key, "-out", certificate,
        ])
        let output = Pipe()
        let server = Process.openSSL(["s_server", "-accept", "127.0.0.1:0", "-www", "-key", key, "-cert", certificate])
        server.standardOutput = output
        try server.run()
        // A child inherits the signals that its thread has blocked, and SIGTERM may be among them.
        defer { kill(server.processIdentifier, SIGKILL) }
        var text = ""
        let accepts = /ACCEPT 127\.0\.0\.1:([0-9]+)/
        while text.firstMatch(of: accepts) == nil {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty)
            text += String(decoding: data, as: UTF8.self)
        }
        let port = try #require(text.firstMatch(of: accepts)?.output.1)
        let result = try await APIClient().get("https://127.0.0.1:\(port)/")
        #expect(result.error == .tls, "port \(port), \(result)")
    }

    private func finish(_ arguments: [String]) async throws {
        let process = Process.openSSL(arguments)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        for await _ in ends {}
        #expect(process.terminationStatus == 0)
    }
}

extension Process {
    fileprivate static func openSSL(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: CertificateTests.openSSL)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        return process
    }
}
