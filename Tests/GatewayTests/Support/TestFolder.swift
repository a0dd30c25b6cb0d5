import Glibc

/// A folder of its own for one test, removed with all that is in it when nobody holds it any more.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/menshen-test-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw SocketFault(call: "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The path of an entry, which need not be there.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Names of what is in it.
    func names() -> [String] { Self.names(path) }

    func makeFolder(_ name: String) throws {
        guard mkdir(path(name), 0o700) == 0 else { throw SocketFault(call: "mkdir") }
    }

    /// Makes a file, or replaces what is in it.
    ///
    /// - Returns: its path.
    @discardableResult
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let descriptor = open(path(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw SocketFault(call: "open") }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count else { throw SocketFault(call: "write") }
        return path(name)
    }

    /// A file's text; empty where there is no such file.
    func read(_ name: String) -> String {
        let descriptor = open(path(name), O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        return readAll(descriptor)
    }

    private static func names(_ path: String) -> [String] {
        // A link is not followed: what it leads to is not the folder's.
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        guard let folder = fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func remove(_ path: String) {
        for name in names(path) { remove("\(path)/\(name)") }
        Glibc.remove(path)
    }
}
