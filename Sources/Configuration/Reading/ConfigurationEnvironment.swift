import Glibc

/// What a configuration reads from outside its text.
package struct ConfigurationEnvironment: Sendable {
    /// The value of an environment variable; nil where it is not set.
    package var variable: @Sendable (_ name: String) -> [UInt8]?
    /// The bytes of a file.
    package var contents: @Sendable (_ path: String) -> Result<[UInt8], FileProblem>
    /// What stands at a path.
    package var kind: @Sendable (_ path: String) -> FileKind

    /// Injects all.
    package init(
        variable: @escaping @Sendable (String) -> [UInt8]?,
        contents: @escaping @Sendable (String) -> Result<[UInt8], FileProblem>,
        kind: @escaping @Sendable (String) -> FileKind = { _ in .unknown }
    ) {
        self.variable = variable
        self.contents = contents
        self.kind = kind
    }

    /// The environment and the file system of this process. Relative paths start at the working directory.
    package static let live = ConfigurationEnvironment(
        variable: { name in
            guard let value = getenv(name) else { return nil }
            return Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        },
        contents: { path in readFile(path) },
        kind: { path in FileKind(path: path) }
    )
}

/// What stands at a path, as far as checks ask.
package enum FileKind: Sendable, Equatable {
    /// It cannot be seen.
    case unknown
    /// Nothing.
    case missing
    /// A folder.
    case folder
    /// A file or what can stand in for one, with its permissions (inode(7)).
    case file(permissions: UInt32)

    fileprivate init(path: String) {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else {
            self = errno == ENOENT || errno == ENOTDIR ? .missing : .unknown
            return
        }
        self = status.st_mode & S_IFMT == S_IFDIR ? .folder : .file(permissions: UInt32(status.st_mode & 0o7777))
    }
}

/// Why a file could not be read, in the system's words.
package struct FileProblem: Error, Sendable, Equatable {
    /// Such as `No such file or directory`.
    package let reason: String

    /// A reason.
    package init(reason: String) {
        self.reason = reason
    }
}

private let largestFile = 16 << 20

private func readFile(_ path: String) -> Result<[UInt8], FileProblem> {
    guard !path.utf8.contains(0) else { return .failure(FileProblem(reason: "the path contains a NUL byte")) }
    // Not blocking, so that a FIFO without a writer is an error below and no standstill.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return .failure(systemProblem()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .failure(systemProblem()) }
    guard status.st_mode & S_IFMT == S_IFREG else { return .failure(FileProblem(reason: "not a regular file")) }

    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while bytes.count <= largestFile {
        let count = read(descriptor, &chunk, chunk.count)
        if count > 0 {
            bytes.append(contentsOf: chunk[..<count])
        } else if count == 0 {
            return .success(bytes)
        } else if errno != EINTR {
            return .failure(systemProblem())
        }
    }
    return .failure(FileProblem(reason: "larger than 16 MiB"))
}

private func systemProblem() -> FileProblem {
    FileProblem(reason: String(cString: strerror(errno)))
}
