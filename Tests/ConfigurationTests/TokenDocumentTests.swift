import Configuration
import Foundation
import Testing

@Suite("docs/tokens.md")
struct TokenDocumentTests {
    private struct CommandFailed: Error {
        let output: String
    }

    @Test("has commands that make keys, and a way from key to key that routes.json takes")
    func recipe() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "menshen-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let environment = ConfigurationEnvironment(
            variable: { _ in nil },
            contents: { ConfigurationEnvironment.live.contents(folder.appending(path: $0).path) }
        )
        let blocks = Self.blocks(try repositoryFile("docs/tokens.md"))
        for text in blocks.filter({ $0.language == "sh" }).map(\.text) { try Self.run("set -e\n" + text, in: folder) }
        for algorithm in ["es256", "eddsa", "rs256"] {
            let key =
                #"{"id":"k","algorithm":"\#(algorithm == "eddsa" ? "EdDSA" : algorithm.uppercased())","privateKey":{"file":"keys/\#(algorithm).pem"}}"#
            let result = Fixture.load(["tokens": #"{"issuer":"i","signingKeys":[\#(key)]}"#], environment: environment)
            #expect(result.summaries == [])
        }
        let steps = blocks.filter { $0.language == "json" }
        #expect(steps.count == 3)
        for step in steps {
            let result = Fixture.load(
                ["tokens": #"{"issuer":"i","signingKeys":\#(step.text)}"#],
                environment: environment
            )
            #expect(result.summaries == [])
            #expect(result.configuration?.tokens.signingKeys.isEmpty == false)
        }
    }

    /// The code blocks after `<!-- test -->`.
    private static func blocks(_ text: String) -> [(language: String, text: String)] {
        var blocks: [(language: String, text: String)] = []
        var isMarked = false
        var open: (language: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare = String(line).trimmingCharacters(in: .whitespaces)
            if let block = open {
                if bare == "```" {
                    if isMarked { blocks.append((block.language, block.lines.joined(separator: "\n"))) }
                    (open, isMarked) = (nil, false)
                } else {
                    open?.lines.append(line)
                }
            } else if bare == "<!-- test -->" {
                isMarked = true
            } else if bare.hasPrefix("```") {
                open = (String(bare.dropFirst(3)), [])
            }
        }
        return blocks
    }

    private static func run(_ script: String, in folder: URL) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw CommandFailed(output: text) }
    }
}
