import Configuration
import Glibc
import Testing

@Suite("Secrets")
struct SecretTests {
    private static let marker = "hunter2-hunter2-hunter2-hunter2-hunter2"

    private func load(_ secret: String, _ environment: ConfigurationEnvironment) -> LoadResult {
        Fixture.load(["users": #"{"idKey":\#(secret)}"#], environment: environment)
    }

    @Test("From the environment and from files, one line end cut off")
    func sources() {
        let long = Array(SecretTests.marker.utf8)
        let environment = ConfigurationEnvironment(
            variable: { $0 == "KEY" ? Array(SecretTests.marker.utf8) : nil },
            contents: { path in
                switch path {
                case "lf": .success(Array((SecretTests.marker + "\n").utf8))
                case "crlf": .success(Array((SecretTests.marker + "\r\n").utf8))
                case "two": .success(Array((SecretTests.marker + "\n\n").utf8))
                case "raw": .success([UInt8](repeating: 0xFF, count: 32))
                default: .failure(FileProblem(reason: "Permission denied"))
                }
            }
        )
        #expect(load(#"{"env":"KEY"}"#, environment).configuration?.users.idKey == Secret(long))
        #expect(load(#"{"file":"lf"}"#, environment).configuration?.users.idKey == Secret(long))
        #expect(load(#"{"file":"crlf"}"#, environment).configuration?.users.idKey == Secret(long))
        #expect(load(#"{"file":"two"}"#, environment).configuration?.users.idKey == Secret(long + [0x0A]))
        #expect(load(#"{"file":"raw"}"#, environment).configuration?.users.idKey?.bytes.count == 32)
        #expect(
            load(#"{"file":"x"}"#, environment).summaries == [
                "/users/idKey/file: this file cannot be read: Permission denied; relative paths start at the working directory"
            ]
        )
    }

    @Test("No fault or warning says what stands where a secret belongs")
    func silence() {
        let marker = SecretTests.marker
        let wrong = [
            "\"\(marker)\"", "[\"\(marker)\"]", #"{"\#(marker)":"x"}"#, #"{"env":"\#(marker)"}"#,
            #"{"file":"\#(marker)"}"#,
            #"{"value":"hunter2"}"#, #"{"value":["\#(marker)"]}"#, #"{"value":"\#(marker)","env":"\#(marker)"}"#, "{}",
            "null", #"{"valeu":"\#(marker)"}"#,
        ]
        for secret in wrong {
            let results = [
                Fixture.load(["users": #"{"idKey":\#(secret)}"#]),
                Fixture.load(["wechat": #"{"apps":[{"appId":"a","secret":\#(secret)}]}"#]),
                Fixture.load([
                    "listeners": #"[{"address":"0.0.0.0:1"}]"#,
                    "tokens":
                        #"{"issuer":"i","signingKeys":[{"id":"k","algorithm":"HS256","secret":\#(secret)}]}"#,
                ]),
            ]
            for result in results {
                for fault in result.faults + result.warnings {
                    #expect(!fault.description.contains("hunter2"))
                }
            }
            #expect(results[0].faults.count == 1, "\(results[0].summaries)")
            #expect(results[2].faults.count == 1, "\(results[2].summaries)")
        }
        let urls = ["http://u:hunter2@h", "ftp://hunter2", "http://h/hunter2", "hunter2://h"]
        for url in urls {
            let result = Fixture.load(["services": #"{"orders":{"targets":["\#(url)"]}}"#])
            #expect(result.faults.count == 1)
            #expect(!result.summaries.joined().contains("hunter2"))
        }
    }

    @Test("Neither description, nor dump, nor mirror shows a secret")
    func redaction() throws {
        let configuration = try #require(
            Fixture.load(["users": #"{"idKey":{"value":"\#(SecretTests.marker)"}}"#]).configuration
        )
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("104, 117"), "the bytes as numbers")
            #expect(!text.contains("- 104\n"), "the bytes as numbers")
        }
        #expect("\(Secret([1, 2]))" == "(secret)")
    }

    @Test("The live environment reads variables and regular files")
    func live() throws {
        var template = Array("/tmp/menshen-secret-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        #expect(descriptor >= 0)
        defer { close(descriptor) }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        let large = [UInt8](repeating: 7, count: 200_000)
        #expect(write(descriptor, large, large.count) == large.count)

        let environment = ConfigurationEnvironment.live
        #expect(environment.contents(path) == .success(large))
        #expect(environment.contents("/tmp") == .failure(FileProblem(reason: "not a regular file")))
        #expect(environment.contents("/dev/zero") == .failure(FileProblem(reason: "not a regular file")))
        #expect(environment.contents(path + "/x") == .failure(FileProblem(reason: "Not a directory")))
        #expect(environment.contents("/a\0b") == .failure(FileProblem(reason: "the path contains a NUL byte")))
        #expect(environment.variable("PATH")?.isEmpty == false)
        #expect(environment.variable("MENSHEN_SURELY_NOT_SET") == nil)
    }
}
