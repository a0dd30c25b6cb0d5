import Glibc
import TestCertificates

/// Certificates and keys as files, in a folder of its own that goes with it.
final class PEMFolder: Sendable {
    private let path: String
    private let names = Watched<[String]>([])

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/menshen-pem-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SocketFault(call: "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names.withLock({ $0 }) { unlink(name) }
        rmdir(path)
    }

    /// The path of a new file.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "w") else { throw SocketFault(call: "fopen") }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        names.withLock { $0.append(file) }
        return file
    }
}
