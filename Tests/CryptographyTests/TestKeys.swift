import Foundation

@testable import Cryptography

/// The keys in Tests/Keys.
enum TestKeys {
    struct CommandFailed: Error {
        let output: String
    }

    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Keys/\(name).pem").path
    }

    static func pem(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }

    static func name(_ algorithm: SignatureAlgorithm) -> String {
        switch algorithm {
        case .es256: "es256"
        case .edDSA: "eddsa"
        case .rs256: "rs256"
        }
    }

    static func privateKey(_ algorithm: SignatureAlgorithm) throws -> PrivateKey {
        try PrivateKey(pem: pem(name(algorithm)), for: algorithm)
    }

    /// A public key of the same kind that the signature is not by.
    static func other(_ algorithm: SignatureAlgorithm) throws -> PublicKey {
        try PublicKey(PublishedKeys.parameters(algorithm))
    }

    /// Runs the distribution's command line.
    static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw CommandFailed(output: text) }
    }
}

extension PublicKey {
    func takes(_ signature: [UInt8], _ message: [UInt8]) -> Bool { isValid(signature.span, over: message.span) }
}
